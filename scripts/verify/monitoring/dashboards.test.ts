import { expect, test } from 'vitest';
import { type Dashboard, dashboardProblems, dashboardsOf, queriesOf, readDashboards } from './dashboards.ts';

const [real] = readDashboards() as [Dashboard];
const first = (dashboard: Dashboard) => dashboard.panels.find(({ targets }) => targets)!;

test('the dashboards that ship have nothing to object to', () => {
  for (const dashboard of readDashboards()) expect(dashboardProblems(dashboard)).toEqual([]);
});

test.each<[string, (dashboard: Dashboard) => void]>([
  ['no uid, title', (dashboard) => Object.assign(dashboard, { uid: '' })],
  ['no variable for the datasource', (dashboard) => dashboard.templating.list.shift()],
  ['no variable $datasource', (dashboard) => dashboard.templating.list.shift()],
  [
    'no variable $nampespace',
    (dashboard) => Object.assign(first(dashboard).targets![0]!, { expr: 'up{namespace="$nampespace"}' }),
  ],
  ['two panels have the id', (dashboard) => Object.assign(first(dashboard), { id: dashboard.panels[0]!.id })],
  ['lies on', (dashboard) => Object.assign(first(dashboard).gridPos, { w: 4 })],
  ['wider than the page', (dashboard) => Object.assign(first(dashboard).gridPos, { x: 22 })],
  ['no title', (dashboard) => Object.assign(first(dashboard), { title: '' })],
  ['no unit', (dashboard) => Object.assign(first(dashboard), { fieldConfig: {} })],
  ['asks for nothing', (dashboard) => Object.assign(first(dashboard), { targets: [] })],
  ['two queries of one name', (dashboard) => first(dashboard).targets!.push(first(dashboard).targets![0]!)],
  ['datasource that was chosen', (dashboard) => Object.assign(first(dashboard).datasource!, { uid: 'mine' })],
])('%s', (problem, defect) => {
  const dashboard = structuredClone(real);
  defect(dashboard);
  expect(dashboardProblems(dashboard).join('\n')).toContain(problem);
});

test('queries are those of panels and of variables, with the variables filled in', () => {
  const queries = queriesOf(real);
  expect(queries.length).toBeGreaterThan(real.panels.length / 2);
  expect(queries.map(({ expression }) => expression).filter((text) => text.includes('$'))).toEqual([]);
  expect(queries.at(-1)).toMatchObject({ where: 'Tripod, $namespace', legend: '{{namespace}}' });
});

test('only a ConfigMap with the label is one for Grafana', () => {
  const configMap = (labels: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'dashboard', labels },
    data: { 'a.json': JSON.stringify(real) },
  });
  expect(dashboardsOf([configMap({ grafana_dashboard: '1' }), configMap({})])).toEqual([real]);
});
