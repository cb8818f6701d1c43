import { expect, test } from 'vitest';
import { catalogueOf } from './catalogue.ts';
import { examine } from './result-labels.ts';

const labels = { method: 'GET', le: '1' };
const known = {
  catalogue: catalogueOf({
    'tripod-api': [
      { name: 'seconds_bucket', labels },
      { name: 'rules', labels: {} },
    ],
  }),
  recorded: new Map([['pod:rules:max', new Set(['pod'])]]),
};
const labelsOf = (expression: string) => [...examine(expression, known).labels].sort();
const problemsOf = (expression: string) => examine(expression, known).problems;

test.each([
  ['sum by (pod, le) (rate(seconds_bucket[5m]))', ['le', 'pod']],
  ['histogram_quantile(0.9, sum by (le, method) (seconds_bucket))', ['method']],
  ['sum(rules)', []],
  ['max by (pod) (rules) > 3', ['pod']],
  ['100 * max by (pod) (rules)', ['pod']],
  ['topk(3, sum by (pod) (rules))', ['pod']],
  ['max by (job) (rules) - on (job) group_right max by (job, pod) (rules)', ['job', 'pod']],
  ['sum by (job, pod) (rules) / on (job) sum by (job) (rules offset 3m)', ['job']],
  ['pod:rules:max or vector(0)', []],
  ['pod:rules:max unless sum(rules)', ['pod']],
  ['absent(up{job="tripod-api",pod=~"a"})', ['job']],
  ['label_replace(pod:rules:max, "node", "$1", "pod", "(.*)")', ['node', 'pod']],
  ['max_over_time((-pod:rules:max)[5m:1m])', ['pod']],
  ['sum without (pod) (pod:rules:max)', []],
])('%s', (expression, expected) => {
  expect(problemsOf(expression)).toEqual([]);
  expect(labelsOf(expression)).toEqual(expected);
});

test.each([
  ['rate(second_bucket[5m])', 'nothing exposes second_bucket'],
  ['rules{job="tripod-webui"}', 'nothing exposes rules'],
  ['seconds_bucket{methods="GET"}', 'no label methods'],
  ['seconds_bucket{method="GOT"}', 'never seen with method="GOT"'],
  ['sum by (route) (seconds_bucket)', 'the label route'],
  ['sum by (le) (sum by (pod) (seconds_bucket))', 'the label le'],
  ['histogram_quantile(0.9, sum by (pod) (seconds_bucket))', 'the label le'],
  ['pod:rules:max / on (method) rules', 'the label method'],
  ['pod:rules:max{namespace="a"}', 'no label namespace'],
  ['node:rules:max', 'nothing exposes node:rules:max'],
])('%s asks for what is not there', (expression, problem) => {
  expect(problemsOf(expression).join('\n')).toContain(problem);
});
