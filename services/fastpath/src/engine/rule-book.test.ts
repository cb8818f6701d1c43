import { expect, test } from 'vitest';
import { rule as dropRule } from '../testing/rules.ts';
import { parseCidr } from './address.ts';
import { classify } from './classify.ts';
import type { CompiledRules } from './compiled-rules.ts';
import { createCounters, slotCell } from './counters.ts';
import { Action, type Rule, RuleSetError } from './rule.ts';
import { RuleBook } from './rule-book.ts';
import { SlabRuleCounters } from './rule-counters.ts';
import { keyOf } from './testing/naive-classifier.ts';
import { createBuckets, takeToken, ticks } from './token-bucket.ts';

const NOW = 10_000_000_000n;
const MAX_RULES = 4;

const rule = (id: string, changes: Partial<Rule> = {}): Rule => dropRule({ id, priority: 1, ...changes });

function setUp(maxRules = MAX_RULES) {
  const slots = RuleBook.slotCapacity(maxRules);
  const workers = [createCounters(slots), createCounters(slots)];
  const buckets = createBuckets(slots);
  const counters = new SlabRuleCounters(workers);
  const book = new RuleBook({ maxRules, counters, buckets, clock: () => NOW });
  const apply = async (...rules: Rule[]) => {
    const compiled = await book.prepare(rules);
    book.commit(compiled);
    return compiled;
  };
  const slotOf = (id: string) => book.rules.find((entry) => entry.id === id)!.slot;
  return { book, workers, counters, buckets, apply, slotOf };
}

const packet = keyOf({
  src: { family: 4, words: [0x0a000001] },
  dst: { family: 4, words: [0x0a000002] },
  protocol: 17,
  srcPort: 1,
  dstPort: 2,
});

test('starts empty and grows by one generation with every rule set', async () => {
  const { book, apply } = setUp();
  expect(book.current.generation).toBe(0);
  expect(classify(book.current, packet, 0)).toBe(-1);
  expect((await apply(rule('a'))).generation).toBe(1);
  expect((await apply()).generation).toBe(2);
});

test('counters stay with their rule while others come and go around it', async () => {
  const { workers, counters, apply, slotOf, book } = setUp();
  await apply(rule('a'), rule('b'));
  const slot = slotOf('b');
  workers[0][slotCell(slot)] = 5;
  workers[1][slotCell(slot)] = 7;
  await apply(rule('c', { priority: 0 }), rule('b', { priority: 9, enabled: false }));
  expect(slotOf('b')).toBe(slot);
  await apply(rule('b'));
  expect(counters.read(slotOf('b')).packets).toBe(12);
  expect(book.rules).toHaveLength(1);
});

test('slots of rules that are gone come back zeroed, and not before the commit', async () => {
  const { book, workers, counters, apply, slotOf } = setUp();
  await apply(rule('a'));
  const slot = slotOf('a');
  const serial = book.serialOf('a')!;
  workers[0].fill(3, slotCell(slot), slotCell(slot) + 3);
  const next = await book.prepare([rule('b')]);
  expect(counters.read(slot).packets).toBe(3); // some worker may still count there
  expect(next.slots[0]).not.toBe(slot);
  expect(book.ruleId(serial)).toBe('a');
  book.commit(next);
  expect(counters.read(slot)).toEqual({ packets: 0, bytes: 0, droppedPackets: 0 });
  expect(book.ruleId(serial)).toBeUndefined();
  await apply(rule('a'));
  expect(book.serialOf('a')).not.toBe(serial);
});

test('full sets that have nothing in common can follow one another for ever', async () => {
  const { apply, book } = setUp();
  const seen = new Set<number>();
  for (let round = 0; round < 50; round++) {
    const compiled: CompiledRules = await apply(...['a', 'b', 'c', 'd'].map((id) => rule(`${id}${round}`)));
    expect(new Set(compiled.slots).size).toBe(MAX_RULES);
    for (const serial of compiled.serials) seen.add(serial);
  }
  expect(seen.size).toBe(50 * MAX_RULES);
  expect(book.rules).toHaveLength(MAX_RULES);
});

test('a set that fails changes nothing and costs no slot', async () => {
  const { book, apply } = setUp();
  const before = await apply(rule('a'));
  for (let round = 0; round < 10; round++) {
    await expect(book.prepare([rule('b'), rule('c'), rule('c')])).rejects.toThrow(/rule c appears twice/);
    await expect(book.prepare('abcde'.split('').map((id) => rule(id)))).rejects.toThrow(RuleSetError);
    book.abandon(await book.prepare(['w', 'x', 'y', 'z'].map((id) => rule(id))));
  }
  expect(book.current).toBe(before);
  await apply(...['w', 'x', 'y', 'z'].map((id) => rule(id)));
});

test('one set at a time is between prepare and commit', async () => {
  const { book } = setUp();
  const first = book.prepare([rule('a')]);
  await expect(book.prepare([rule('b')])).rejects.toThrow(/already/);
  const compiled = await first;
  expect(() => book.commit({ ...compiled })).toThrow(/not the rule set/);
  book.commit(compiled);
});

test('an empty bucket stays empty through swaps and through a change of its rate', async () => {
  const { buckets, apply } = setUp();
  const limited = (ratePps: number, burst: number) => rule('a', { action: Action.rateLimit, ratePps, burst });
  const take = (rules: CompiledRules) =>
    takeToken(buckets, rules.buckets[0], ticks(NOW), rules.intervals[0], rules.limits[0]);
  const first = await apply(limited(10, 2));
  expect([take(first), take(first), take(first)]).toEqual([true, true, false]);
  expect(take(await apply(limited(10, 2), rule('b', { priority: 5 })))).toBe(false);
  expect(take(await apply(limited(1000, 50)))).toBe(false);
  await apply(rule('a', { action: Action.allow }));
  expect(take(await apply(limited(1000, 1)))).toBe(true); // a limit set anew starts full
});

test('a rule set of 20,000 with equal priorities sorts by id and leaves the event loop turning', async () => {
  const { book } = setUp(20_000);
  const rules = Array.from({ length: 20_000 }, (_, i) =>
    rule(((i * 7919) % 20_000).toString(16).padStart(5, '0'), {
      src: parseCidr(`10.${i >> 8}.${i & 255}.0/24`),
    }),
  );
  let turns = 0;
  let turning = setImmediate(function turn() {
    turns++;
    turning = setImmediate(turn);
  });
  const compiled = await book.prepare(rules);
  clearImmediate(turning);
  expect(turns).toBeGreaterThan(2);
  const ids = Array.from(compiled.serials, (serial) => book.ruleId(serial)!);
  expect(ids).toEqual([...ids].sort());
});
