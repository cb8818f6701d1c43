import { expect, test } from 'vitest';
import { catalogueOf, findMetric, matcherProblem } from './catalogue.ts';
import type { Matcher } from './promql.ts';

const catalogue = catalogueOf({
  'tripod-api': [
    { name: 'drops_total', labels: { reason: 'rule', instance: '10.0.0.1:50051' } },
    { name: 'drops_total', labels: { reason: 'no_slot' } },
  ],
  'tripod-webui': [{ name: 'pages_total', labels: { status: '200' } }],
});
const problemOf = (metric: string, label: string, operator: Matcher['operator'], value: string) =>
  matcherProblem(metric, findMetric(catalogue, metric, [])!, { label, operator, value });

test('a metric is looked for in the jobs that the matchers choose', () => {
  const job = (operator: Matcher['operator'], value: string): Matcher[] => [
    { label: 'job', operator, value },
  ];
  expect(findMetric(catalogue, 'drops_total', job('=', 'tripod-api'))).toBeDefined();
  expect(findMetric(catalogue, 'drops_total', job('=~', 'tripod-(api|webui)'))).toBeDefined();
  expect(findMetric(catalogue, 'drops_total', job('=', 'tripod-webui'))).toBeUndefined();
  expect(findMetric(catalogue, 'drop_total', [])).toBeUndefined();
});

test('a label that collides with one of the target is exported_…', () => {
  const values = findMetric(catalogue, 'drops_total', [])!;
  expect(values.get('exported_instance')).toEqual(new Set(['10.0.0.1:50051']));
  expect([...values.keys()]).toContain('pod');
});

test('a value that was never seen is found, also beside one that was', () => {
  expect(problemOf('drops_total', 'reason', '=', 'rule')).toBeUndefined();
  expect(problemOf('drops_total', 'reason', '=~', 'rule|no_slot')).toBeUndefined();
  expect(problemOf('drops_total', 'reason', '=~', 'rule|no_slots')).toContain('"no_slots"');
  expect(problemOf('drops_total', 'reason', '!=', 'rules')).toContain('"rules"');
  expect(problemOf('drops_total', 'reasons', '=', 'rule')).toContain('no label reasons');
});

test('any status of HTTP may come one day', () => {
  expect(problemOf('pages_total', 'status', '=~', '5..')).toBeUndefined();
});
