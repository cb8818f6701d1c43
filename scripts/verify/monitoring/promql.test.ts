import { expect, test } from 'vitest';
import { nodesOf, parseExpression, readSelector } from './promql.ts';

test('a selector is its metric and its matchers, escapes resolved', () => {
  const [selector] = nodesOf(parseExpression('sum(rate(a_total{x="1",y!~"b\\\\.c"}[5m]))'), 'VectorSelector');
  expect(readSelector(selector!)).toEqual({
    metric: 'a_total',
    matchers: [
      { label: 'x', operator: '=', value: '1' },
      { label: 'y', operator: '!~', value: 'b\\.c' },
    ],
  });
});

test.each(['', 'sum(a', 'rat(a[5m])', 'a b', 'sum by (a)(', 'a{x=1}'])('not PromQL: %s', (expression) => {
  expect(() => parseExpression(expression)).toThrow(/syntax error|empty/);
});

test('the message shows the place', () => {
  expect(() => parseExpression('sum(a) > > 3')).toThrow('sum(a) > ⟨here⟩> 3');
});
