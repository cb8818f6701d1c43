import type { Catalogue } from './catalogue.ts';
import { type Dashboard, queriesOf } from './dashboards.ts';
import { examine, type Known } from './result-labels.ts';
import { type Group, recordedLabels, rulesOf } from './rules.ts';

/** What rules and dashboards ask for and the services do not have: metrics, labels, values, `$labels` and legends. */
export function missingNames(
  catalogue: Catalogue,
  groups: readonly Group[],
  dashboards: readonly Dashboard[],
): string[] {
  const known: Known = { catalogue, recorded: recordedLabels(groups, catalogue) };
  const ofRules = rulesOf(groups).flatMap(({ alert, record, expr, labels = {}, annotations = {} }) => {
    const used = Object.values(annotations).flatMap((text) =>
      [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label!),
    );
    return missing(expr, used, known, Object.keys(labels)).map((problem) => `${alert ?? record}: ${problem}`);
  });
  const ofDashboards = dashboards.flatMap((dashboard) =>
    queriesOf(dashboard).flatMap(({ where, expression, legend }) => {
      const used = [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label]) => label!);
      return missing(expression, used, known).map((problem) => `${where}: ${problem}`);
    }),
  );
  return [...ofRules, ...ofDashboards];
}

function missing(expression: string, used: string[], known: Known, added: string[] = []): string[] {
  const { labels, problems } = examine(expression, known);
  // After one problem the labels of the result are a guess.
  if (problems.length > 0) return problems;
  const unknown = used.filter((label) => !labels.has(label) && !added.includes(label));
  return unknown.map((label) => `the result has no label ${label}`);
}
