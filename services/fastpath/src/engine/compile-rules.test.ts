import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rule as dropRule } from '../testing/rules.ts';
import { classify } from './classify.ts';
import {
  type CompiledRules,
  maskCount,
  PROBE_LIMIT,
  TABLE_CELL_MASK,
  TABLE_FIRST_CELL,
} from './compiled-rules.ts';
import { Action, type Rule, RuleSetError } from './rule.ts';
import { sortInSteps } from './sort-in-steps.ts';
import { compileNow, finish } from './testing/compile-now.ts';
import { keyOf } from './testing/naive-classifier.ts';

const rule = (id: string, changes: Partial<Rule> = {}): Rule =>
  dropRule({ id, priority: 1, protocol: 'udp', ...changes });

const host = (word: number) => ({ family: 4 as const, words: [word], prefixLength: 32 });

test('the number of masks grows with the kinds of rules, not with the rules', () => {
  const rules = Array.from({ length: 5_000 }, (_, i) => rule(String(i), { src: host(i) }));
  expect(maskCount(compileNow(rules))).toBe(1);
  const withPort = rule('x', { src: host(1), protocol: 'any', dstPorts: { min: 80, max: 80 } });
  expect(maskCount(compileNow([...rules, withPort]))).toBe(2); // TCP and UDP share theirs
});

test('rules that can never match leave no entries behind', () => {
  const hidden = Array.from({ length: 100 }, (_, i) => rule(`b${i}`, { priority: 2, src: host(9) }));
  const compiled = compileNow([rule('a', { src: host(9) }), ...hidden]);
  const used = compiled.ipv4.cells.filter((_, i) => i % 2 === 0 && compiled.ipv4.cells[i] !== 0);
  expect(used).toHaveLength(1);
  expect(compiled.ruleCount).toBe(101);
});

test('every entry lies within the probe limit of its home, with 20,000 entries in a table', () => {
  const rules = Array.from({ length: 20_000 }, (_, i) => rule(String(i), { src: host(i << 8) }));
  const { ipv4 } = compileNow(rules);
  let seen = 0;
  for (let cell = 0; cell < ipv4.cells.length / 2; cell++) {
    const tag = ipv4.cells[2 * cell];
    if (tag === 0) continue;
    const distance = cell - (ipv4.tables[TABLE_FIRST_CELL] + (tag & ipv4.tables[TABLE_CELL_MASK]));
    expect(distance >= 0 && distance < PROBE_LIMIT).toBe(true);
    seen++;
  }
  expect(seen).toBe(20_000);
});

test('sets beyond the limits are refused with the reason', () => {
  const wide = { srcPorts: { min: 1, max: 65_534 }, dstPorts: { min: 1, max: 65_534 } };
  const limits = { entries: 1_000, masks: 4_096 };
  expect(() => compileNow([rule('a', { ...wide, protocol: 'any' })], limits)).toThrow(RuleSetError);
  expect(() => compileNow([rule('a', wide)], limits)).not.toThrow(); // 30 x 30 port prefixes
  expect(() => compileNow([rule('a', wide)], { entries: 1_000, masks: 10 })).toThrow(/more than 10 distinct/);
});

test('a swap between two sets is visible in no mixture: each is whole and independent', () => {
  const packets = Array.from({ length: 200 }, (_, i) =>
    keyOf({
      src: { family: 4, words: [i] },
      dst: { family: 4, words: [1] },
      protocol: 17,
      srcPort: 1,
      dstPort: 2,
    }),
  );
  const set = (action: Action) =>
    compileNow(packets.map((_, i) => rule(String(i).padStart(3, '0'), { src: host(i), action })));
  const decide = (rules: CompiledRules) => packets.map((key) => rules.actions[classify(rules, key, 0)]);
  const before = set(Action.drop);
  const after = structuredClone(set(Action.allow)); // as a worker gets it
  expect(new Set(decide(before))).toEqual(new Set([Action.drop]));
  expect(new Set(decide(after))).toEqual(new Set([Action.allow]));
  expect(after.ipv4.cells.buffer).toBeInstanceOf(SharedArrayBuffer);
});

test('sorting in steps is sorting', () => {
  const byNumber = (a: number, b: number) => a - b;
  fc.assert(
    fc.property(
      fc.array(fc.integer(), { maxLength: 50 }),
      fc.integer({ min: 0, max: 5_000 }),
      (some, length) => {
        const items = Array.from(
          { length },
          (_, i) => (some[i % (some.length || 1)] ?? 0) ^ Math.imul(i, 40_503),
        );
        expect(finish(sortInSteps(items, byNumber))).toEqual([...items].sort(byNumber));
      },
    ),
    { numRuns: 30 },
  );
});
