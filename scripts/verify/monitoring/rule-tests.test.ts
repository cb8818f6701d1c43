import { expect, test } from 'vitest';
import { readAlertCases, untested } from './rule-tests.ts';
import { readGroups } from './rules.ts';

const groups = readGroups();
const cases = readAlertCases();
const ALERT = 'TripodApiNotReady';

test('every alert is seen firing and silent', () => {
  expect(untested(groups, cases)).toEqual([]);
});

test('an alert that no test sees firing, or silent, is found', () => {
  const fires = (each: (typeof cases)[number]) => (each.exp_alerts ?? []).length > 0;
  const others = cases.filter(({ alertname }) => alertname !== ALERT);
  const own = cases.filter(({ alertname }) => alertname === ALERT);
  expect(untested(groups, [...others, ...own.filter((each) => !fires(each))])).toEqual([
    `${ALERT}: no test shows it firing`,
  ]);
  expect(untested(groups, [...others, ...own.filter(fires)])).toEqual([`${ALERT}: no test shows it silent`]);
});

test('a text with a label that the alert does not have is found', () => {
  const changed = structuredClone(groups);
  const rule = changed.flatMap(({ rules }) => rules).find(({ alert }) => alert === ALERT)!;
  rule.annotations!.summary = 'Pod {{ $labels.pood }}';
  expect(untested(changed, cases)).toEqual([`${ALERT}: it has no label pood`]);
});
