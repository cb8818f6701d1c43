import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '../../kubernetes/object.ts';
import { repositoryRoot } from '../../repository.ts';
import { COMPONENT } from './rules.ts';

interface Target {
  refId: string;
  expr: string;
  legendFormat?: string;
}
interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}
export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: Box;
  datasource?: { type: string; uid: string };
  targets?: Target[];
  fieldConfig?: { defaults?: { unit?: string } };
}
interface Variable {
  name: string;
  type: string;
  query: string;
}
export interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  templating: { list: Variable[] };
  panels: Panel[];
}
export interface Query {
  where: string;
  expression: string;
  legend: string;
}

const DATASOURCE = '$' + '{datasource}';

/** As Grafana's sidecar finds them: in ConfigMaps with its label. */
export function dashboardsOf(objects: readonly KubernetesObject[]): Dashboard[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.labels?.grafana_dashboard === '1')
    .flatMap(({ data }) => Object.values(data as Record<string, string>).map((text) => JSON.parse(text)));
}

/** As the files of the component have them: for tests, which need no kubectl. */
export function readDashboards(): Dashboard[] {
  const files = globSync(`${COMPONENT}/dashboards/*.json`, { cwd: repositoryRoot }).sort();
  return files.map((file) => JSON.parse(readFileSync(join(repositoryRoot, file), 'utf8')) as Dashboard);
}

/** Every expression that a dashboard sends to Prometheus, its variables filled in as Grafana does. */
export function queriesOf({ title, panels, templating }: Dashboard): Query[] {
  const ofPanels = panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ refId, expr, legendFormat = '' }) => ({
      where: `${title}, ${panel.title}, ${refId}`,
      expression: fillIn(expr),
      legend: legendFormat,
    })),
  );
  const ofVariables = templating.list.flatMap(({ name, type, query }) => {
    const [, expression, label] = /^label_values\((.+), *(\w+)\)$/.exec(query) ?? [];
    if (type !== 'query' || !expression || !label) return [];
    return [{ where: `${title}, $${name}`, expression: fillIn(expression), legend: `{{${label}}}` }];
  });
  return [...ofPanels, ...ofVariables];
}

function fillIn(expression: string): string {
  return expression
    .replaceAll('$__rate_interval', '5m')
    .replaceAll('$__interval', '1m')
    .replaceAll('$__range', '1h')
    .replaceAll('$namespace', 'tripod');
}

/** What Grafana would swallow without a word. */
export function dashboardProblems(dashboard: Dashboard): string[] {
  const { panels, templating, uid, title, schemaVersion } = dashboard;
  const problems = panels.flatMap((panel) => panelProblems(panel).map((what) => `${panel.title}: ${what}`));
  if (!uid || !title || !schemaVersion) problems.push('no uid, title or schemaVersion');
  const ids = panels.map(({ id }) => id);
  problems.push(...ids.filter((id, n) => ids.indexOf(id) !== n).map((id) => `two panels have the id ${id}`));
  for (const [n, panel] of panels.entries()) {
    const over = panels.slice(n + 1).find((other) => overlap(panel.gridPos, other.gridPos));
    if (over) problems.push(`${panel.title} lies on ${over.title}`);
  }
  if (
    !templating.list.some(
      ({ name, type, query }) => `${name} ${type} ${query}` === 'datasource datasource prometheus',
    )
  ) {
    problems.push('no variable for the datasource');
  }
  for (const [, name] of JSON.stringify(panels).matchAll(/\$\{?(\w+)/g)) {
    const known = name!.startsWith('__') || templating.list.some((variable) => variable.name === name);
    if (!known) problems.push(`no variable $${name}`);
  }
  return [...new Set(problems)].map((problem) => `${title}: ${problem}`);
}

function panelProblems({ type, title, gridPos, datasource, targets = [], fieldConfig }: Panel): string[] {
  const problems: string[] = [];
  if (!title) problems.push('no title');
  if (gridPos.x + gridPos.w > 24) problems.push('wider than the page of 24 columns');
  if (type === 'row' || type === 'text') return problems;
  if (datasource?.uid !== DATASOURCE) problems.push('not of the datasource that was chosen');
  if (targets.length === 0) problems.push('asks for nothing');
  const references = targets.map(({ refId }) => refId);
  if (new Set(references).size < references.length) problems.push('two queries of one name');
  if (type !== 'table' && !fieldConfig?.defaults?.unit) problems.push('no unit');
  return problems;
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
