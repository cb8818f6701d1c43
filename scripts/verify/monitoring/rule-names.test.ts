import { expect, test } from 'vitest';
import { catalogueOf } from './catalogue.ts';
import type { Dashboard } from './dashboards.ts';
import { missingNames } from './rule-names.ts';

const catalogue = catalogueOf({ 'tripod-api': [{ name: 'errors_total', labels: { reason: 'timeout' } }] });
const rules = (expr: string, summary: string) => [
  {
    name: 'group',
    rules: [
      { record: 'pod:errors:rate5m', expr: 'sum by (pod) (rate(errors_total[5m]))' },
      { alert: 'TripodErrors', expr, labels: { severity: 'warning' }, annotations: { summary } },
    ],
  },
];
const dashboard = (expr: string, legendFormat: string): Dashboard => ({
  uid: 'u',
  title: 'Board',
  schemaVersion: 1,
  templating: { list: [{ name: 'namespace', type: 'query', query: 'label_values(up, namespace)' }] },
  panels: [
    {
      id: 1,
      type: 'timeseries',
      title: 'Errors',
      gridPos: { x: 0, y: 0, w: 1, h: 1 },
      targets: [{ refId: 'A', expr, legendFormat }],
    },
  ],
});

test('what exists passes', () => {
  const groups = rules('pod:errors:rate5m > 1', '{{ $labels.pod }} {{ $labels.severity }}');
  const board = dashboard(
    'sum by (reason) (rate(errors_total{namespace="$namespace"}[$__rate_interval]))',
    '{{reason}}',
  );
  expect(missingNames(catalogue, groups, [board])).toEqual([]);
});

test('a metric, a label in a text and one in a legend that do not exist are found', () => {
  expect(missingNames(catalogue, rules('rate(error_total[5m]) > 1', ''), [])).toEqual([
    'TripodErrors: nothing exposes error_total',
  ]);
  expect(missingNames(catalogue, rules('pod:errors:rate5m > 1', '{{ $labels.reason }}'), [])).toEqual([
    'TripodErrors: the result has no label reason',
  ]);
  expect(missingNames(catalogue, [], [dashboard('sum by (reason) (errors_total)', '{{pod}}')])).toEqual([
    'Board, Errors, A: the result has no label pod',
  ]);
});

test('the query of a variable counts', () => {
  const board = dashboard('errors_total', '');
  board.templating.list[0]!.query = 'label_values(ups, namespace)';
  expect(missingNames(catalogue, [], [board])).toEqual(['Board, $namespace: nothing exposes ups']);
});
