import { kustomizeBuild } from '../kubernetes/render.ts';
import { dashboardProblems, dashboardsOf, queriesOf } from './monitoring/dashboards.ts';
import { checkQueries, checkRules, testRules } from './monitoring/promtool.ts';
import { ruleProblems } from './monitoring/rule-shape.ts';
import { readAlertCases, ruleTestFiles, untested } from './monitoring/rule-tests.ts';
import { alertsOf, groupsOf } from './monitoring/rules.ts';
import { targetProblems } from './monitoring/targets.ts';

const OVERLAY = 'k8s/kustomize/overlays/beta';

/**
 * Rules, dashboards and targets of the monitoring component, as an overlay has them. That the services expose what is
 * asked for is the matter of tests/integration/monitoring.test.ts: it takes running services.
 */
export async function checkMonitoring(): Promise<string> {
  const objects = await kustomizeBuild(OVERLAY);
  const groups = groupsOf(objects);
  const dashboards = dashboardsOf(objects);
  const queries = dashboards.flatMap(queriesOf);
  const problems = [
    ...ruleProblems(
      groups,
      queries.map(({ expression }) => expression),
    ),
    ...untested(groups, readAlertCases()),
    ...dashboards.flatMap(dashboardProblems),
    ...targetProblems(objects),
  ];
  if (alertsOf(groups).length === 0 || queries.length === 0)
    problems.push(`${OVERLAY} has no rules or dashboards`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  await checkRules(groups);
  await checkQueries(queries);
  await testRules(groups, ruleTestFiles());
  return `${alertsOf(groups).length} alerts, ${queries.length} queries`;
}
