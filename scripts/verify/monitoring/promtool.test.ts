// With the real promtool, on the rules that ship and on copies with a defect.
import { expect, test } from 'vitest';
import { queriesOf, readDashboards } from './dashboards.ts';
import { checkQueries, checkRules, testRules } from './promtool.ts';
import { ruleTestFiles } from './rule-tests.ts';
import { type Alert, alertsOf, type Group, readGroups } from './rules.ts';

function planted(name: string, change: (alert: Alert) => Partial<Alert>): Group[] {
  const groups = structuredClone(readGroups());
  const alert = alertsOf(groups).find((each) => each.alert === name)!;
  const changed = change(alert);
  expect(alert).not.toMatchObject(changed);
  Object.assign(alert, changed);
  return groups;
}

test('rules and queries that ship are understood', async () => {
  await checkRules(readGroups());
  await checkQueries(readDashboards().flatMap(queriesOf));
});

test.each<[string, Partial<Alert>]>([
  ['parse error', { expr: 'sum by (namespace (up)' }],
  ['expected type range vector', { expr: 'rate(up)' }],
  ['unexpected identifier|unknown function', { expr: 'rates(up[5m])' }],
  ['not a valid duration', { for: '5 minutes' }],
  ['undefined variable|template', { annotations: { summary: '{{ $label.pod }}' } }],
])('check: %s', async (problem, defect) => {
  await expect(checkRules(planted('TripodApiSlow', () => defect))).rejects.toThrow(new RegExp(problem));
});

test('a query of a dashboard with a wrong type is named', async () => {
  const query = { where: 'Board, Errors, A', expression: 'rate(up)', legend: '' };
  await expect(checkQueries([query])).rejects.toThrow(/range vector[\s\S]*1: Board, Errors, A/);
});

test('the alerts fire and are silent as their tests say', async () => {
  await testRules(readGroups(), ruleTestFiles());
});

const replace = (from: string | RegExp, to: string) => (alert: Alert) => ({
  expr: alert.expr.replace(from, to),
});
test.each<[string, string, (alert: Alert) => Partial<Alert>]>([
  ['never fires', 'TripodServiceDown', replace('== 0', '== 7')],
  ['fires always', 'TripodDatabasePoolWaiting', replace('> 0', '>= 0')],
  ['fires too early', 'TripodInstanceDown', () => ({ for: '0m' })],
  ['fires too late', 'TripodApiSlow', () => ({ for: '5h' })],
  ['counts what it should not', 'TripodFastpathOverloaded', replace('socket_buffer|no_slot', '.+')],
  ['lost a label', 'TripodFastpathRulesBehind', replace('max by (namespace, pod)', 'max by (namespace)')],
  ['compares with this moment', 'TripodFastpathRulesBehind', replace(' offset 3m', '')],
  ['has another severity', 'TripodApiErrors', () => ({ labels: { severity: 'warning' } })],
])('a rule that %s fails its test', async (_, name, change) => {
  await expect(testRules(planted(name, change), ruleTestFiles())).rejects.toThrow(name);
});
