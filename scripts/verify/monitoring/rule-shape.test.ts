import { expect, test } from 'vitest';
import { queriesOf, readDashboards } from './dashboards.ts';
import { ruleProblems } from './rule-shape.ts';
import { type Alert, alertsOf, type Group, readGroups, rulesOf } from './rules.ts';

const expressions = readDashboards()
  .flatMap(queriesOf)
  .map(({ expression }) => expression);

/** The real rules with a defect in the first alert. */
function planted(defect: (alert: Alert) => void): Group[] {
  const groups = structuredClone(readGroups());
  defect(alertsOf(groups)[0]!);
  return groups;
}

test('the rules that ship are in shape', () => {
  expect(ruleProblems(readGroups(), expressions)).toEqual([]);
});

test.each<[string, (alert: Alert) => void]>([
  ['does not say whose it is', (alert) => Object.assign(alert, { alert: 'ServiceDown' })],
  ['comes twice', (alert) => Object.assign(alert, { alert: 'TripodApiSlow' })],
  ['severity is none of', (alert) => Object.assign(alert, { labels: { severity: 'page' } })],
  ['no `for`', (alert) => Object.assign(alert, { for: undefined })],
  ['no summary', (alert) => Object.assign(alert.annotations!, { summary: ' ' })],
  ['no description', (alert) => delete alert.annotations!.description],
  ['its runbook does not exist', (alert) => delete alert.annotations!.runbook],
  [
    'its runbook does not exist',
    (alert) => Object.assign(alert.annotations!, { runbook: 'docs/how-to/monitor.md#alert-tripodapislow' }),
  ],
  [
    'its runbook does not exist',
    (alert) =>
      Object.assign(alert, {
        alert: 'TripodNew',
        annotations: { runbook: 'docs/how-to/monitor.md#alert-tripodnew' },
      }),
  ],
  ['nobody records it', (alert) => Object.assign(alert, { expr: 'namespace:nothing:rate5m > 1' })],
])('%s', (problem, defect) => {
  expect(ruleProblems(planted(defect), expressions).join('\n')).toContain(problem);
});

test.each([
  ['recorded for nobody', 'namespace:unused:rate5m'],
  ['not level:metric:operation', 'unused'],
])('%s', (problem, record) => {
  const groups = structuredClone(readGroups());
  groups[0]!.rules.push({ record, expr: 'up' });
  expect(ruleProblems(groups, expressions)).toContain(`${record}: ${problem}`);
});

test('what is recorded twice is found', () => {
  const groups = structuredClone(readGroups());
  groups[0]!.rules.push(rulesOf(groups).find(({ record }) => record)!);
  expect(ruleProblems(groups, expressions).join('\n')).toContain('recorded twice');
});
