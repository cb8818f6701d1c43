// What promtool does not ask of a rule, and an operator at night does.
import { existsSync, readFileSync } from 'node:fs';
import { inRepository } from '../../repository.ts';
import { nodesOf, parseExpression, readSelector } from './promql.ts';
import { type Alert, alertsOf, type Group, rulesOf } from './rules.ts';

const SEVERITIES = ['critical', 'warning'];
/** level:metric:operation, as Prometheus' own guide has it. */
const RECORD_NAME = /^[a-z_]+:[a-z_]+:[a-z0-9_]+$/;

/** `expressions`: of the dashboards, which use what is recorded as well. */
export function ruleProblems(groups: readonly Group[], expressions: readonly string[]): string[] {
  const alerts = alertsOf(groups);
  const names = alerts.map(({ alert }) => alert);
  return [
    ...names.filter((name, n) => names.indexOf(name) !== n).map((name) => `${name}: comes twice`),
    ...alerts.flatMap((alert) => alertProblems(alert).map((problem) => `${alert.alert}: ${problem}`)),
    ...recordProblems(groups, expressions),
  ];
}

function alertProblems(alert: Alert): string[] {
  const { labels = {}, annotations = {} } = alert;
  const problems: string[] = [];
  if (!/^Tripod[A-Z]\w+$/.test(alert.alert)) problems.push('its name does not say whose it is');
  if (!SEVERITIES.includes(labels.severity ?? ''))
    problems.push(`severity is none of ${SEVERITIES.join(', ')}`);
  if (alert.for === undefined) problems.push('no `for`');
  for (const key of ['summary', 'description']) if (!annotations[key]?.trim()) problems.push(`no ${key}`);
  if (!hasRunbook(alert)) problems.push(`its runbook does not exist: ${annotations.runbook}`);
  return problems;
}

/** `<file>#alert-<name>`, and the file has that anchor, in a line that says what to do. */
function hasRunbook({ alert, annotations = {} }: Alert): boolean {
  const [file, anchor] = (annotations.runbook ?? '').split('#');
  if (!file || anchor !== `alert-${alert.toLowerCase()}` || !existsSync(inRepository(file))) return false;
  const lines = readFileSync(inRepository(file), 'utf8').split('\n');
  return lines.some((line) => line.includes(`<a id="${anchor}"></a>`) && line.includes(`\`${alert}\``));
}

function recordProblems(groups: readonly Group[], expressions: readonly string[]): string[] {
  const records = rulesOf(groups).flatMap(({ record }) => record ?? []);
  const used = new Set([...rulesOf(groups).map(({ expr }) => expr), ...expressions].flatMap(metricsIn));
  return [
    ...records.filter((name) => !RECORD_NAME.test(name)).map((name) => `${name}: not level:metric:operation`),
    ...records.filter((name, n) => records.indexOf(name) !== n).map((name) => `${name}: recorded twice`),
    ...records.filter((name) => !used.has(name)).map((name) => `${name}: recorded for nobody`),
    ...[...used]
      .filter((name) => name.includes(':') && !records.includes(name))
      .map((name) => `${name}: nobody records it`),
  ];
}

function metricsIn(expression: string): string[] {
  return nodesOf(parseExpression(expression), 'VectorSelector').map((node) => readSelector(node).metric);
}
