import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type CompiledRules,
  TABLE_CELL_MASK,
  TABLE_FIRST_CELL,
  TABLE_STRIDE,
  type TupleSpace,
} from '../../engine/compiled-rules.ts';
import { hashMasked } from '../../engine/hash.ts';
import { Action, type Rule } from '../../engine/rule.ts';
import { rulesArb } from '../../engine/testing/arbitraries.ts';
import { compileNow, finish } from '../../engine/testing/compile-now.ts';
import { CHUNK_BYTES, CHUNK_WORDS, Entry, Header, itemWords, Rate, Row, Space } from './guard-layout.ts';
import { planImage, writeImage } from './rule-image.ts';

function imageOf(rules: CompiledRules): Uint32Array {
  const layout = planImage(rules);
  const memory = new ArrayBuffer(layout.chunks * CHUNK_BYTES);
  finish(writeImage(rules, layout, memory));
  return new Uint32Array(memory);
}

/** First word of a section, by the header of the image. */
const section = (image: Uint32Array, space: number, field: number): number =>
  image[space + field] * CHUNK_WORDS;

/** What the program does with a key: filter, then cells, then the entry; -1 or the entry's first word. */
function lookUp(
  image: Uint32Array,
  header: number,
  space: TupleSpace,
  mask: number,
  key: Uint32Array,
): number {
  const row = section(image, header, Space.masks) + mask * itemWords(space.words);
  const secret = image.subarray(header + Space.secret);
  const seed = image[row + Row.seed];
  const tag = hashMasked(key, 0, image, row + Row.mask, space.words, secret, seed) >>> 0;
  const home = image[row + Row.firstCell] + ((tag & image[row + Row.cellMask]) >>> 0);
  const filter = section(image, header, Space.filter) + 2 * (home >>> 4);
  const isSet = (bit: number) => (image[filter + (bit >>> 5)] >>> (bit & 31)) & 1;
  if (!isSet(tag >>> 26) || !isSet((tag >>> 20) & 63)) return -1;
  for (let cell = section(image, header, Space.cells) + 2 * home; image[cell] !== 0; cell += 2) {
    const entry = section(image, header, Space.entries) + image[cell + 1] * itemWords(space.words);
    const own = image.subarray(entry + Entry.key, entry + Entry.key + space.words);
    if (image[cell] === tag && own.every((word, i) => word === (key[i] & image[row + Row.mask + i]) >>> 0))
      return entry;
  }
  return -1;
}

function checkSpace(image: Uint32Array, header: number, space: TupleSpace, rules: CompiledRules): number {
  let found = 0;
  expect(image[header + Space.maskCount]).toBe(space.maskCount);
  for (let mask = 0; mask < space.maskCount; mask++) {
    const first = space.tables[mask * TABLE_STRIDE + TABLE_FIRST_CELL];
    const cells = space.tables[mask * TABLE_STRIDE + TABLE_CELL_MASK] + 1 + 16;
    for (let cell = first; cell < first + cells; cell++) {
      if (space.cells[2 * cell] === 0) continue;
      const number = space.cells[2 * cell + 1];
      const key = space.keys.slice(number * space.words, (number + 1) * space.words);
      const entry = lookUp(image, header, space, mask, key);
      const rank = space.ranks[number];
      expect([...image.subarray(entry, entry + Entry.verdict)]).toEqual([
        rank,
        rules.slots[rank],
        rules.serials[rank],
      ]);
      checkVerdict(image, image[entry + Entry.verdict], rules, rank);
      found++;
    }
  }
  return found;
}

function checkVerdict(image: Uint32Array, verdict: number, rules: CompiledRules, rank: number): void {
  expect(verdict & 3).toBe(rules.actions[rank]);
  if (rules.actions[rank] !== Action.rateLimit) return;
  const rate = image[Header.rates] * CHUNK_WORDS + 8 * (verdict >>> 2);
  const wide = new BigInt64Array(image.buffer);
  expect([
    wide[(rate + Rate.interval) / 2],
    wide[(rate + Rate.limit) / 2],
    BigInt(image[rate + Rate.bucket]),
  ]).toEqual([rules.intervals[rank], rules.limits[rank], BigInt(rules.buckets[rank])]);
}

/** Source prefixes of IPv4, one after the other, of the given lengths. */
function prefixRules(count: number, masks: number): Rule[] {
  return Array.from({ length: count }, (_, i) => {
    const bits = (i % masks) % 32;
    const ports = Math.floor((i % masks) / 32);
    const length = 32 - bits;
    return {
      id: String(i).padStart(36, '0'),
      enabled: true,
      priority: 0,
      action: Action.drop,
      protocol: 'udp',
      src: { family: 4, words: [(((i * 0x9e3779b1) >>> 0) & (-1 << bits)) >>> 0], prefixLength: length },
      dst: null,
      // One prefix of its own length each: exact ports down to "any", for source and destination.
      srcPorts: { min: 0, max: 2 ** (Math.floor(ports / 16) % 16) - 1 },
      dstPorts: { min: 0, max: 2 ** (ports % 16) - 1 },
      ratePps: 1,
      burst: 1,
    };
  });
}

test('every entry of random rule sets is found through filter and cells, with the verdict of its rule', () => {
  let found = 0;
  fc.assert(
    fc.property(rulesArb(24), (rules) => {
      const compiled = compileNow(rules);
      const image = imageOf(compiled);
      found += checkSpace(image, Header.ipv4, compiled.ipv4, compiled);
      found += checkSpace(image, Header.ipv6, compiled.ipv6, compiled);
    }),
    { numRuns: 300, seed: 7 },
  );
  expect(found).toBeGreaterThan(10_000);
});

test('an empty set is a header and nothing more', () => {
  const layout = planImage(compileNow([]));
  expect(layout.chunks).toBe(1);
  const image = imageOf(compileNow([]));
  expect([image[Header.ipv4 + Space.maskCount], image[Header.ipv6 + Space.maskCount]]).toEqual([0, 0]);
});

test('sections lie one behind the other, each from a chunk of its own on', () => {
  const compiled = compileNow(prefixRules(5_000, 200));
  const { ipv4, ipv6, rates, chunks } = planImage(compiled);
  const starts = [
    ...[ipv4.masks, ipv4.filter, ipv4.cells, ipv4.entries],
    ...[ipv6.masks, ipv6.filter, ipv6.cells, ipv6.entries],
    ...[rates, chunks],
  ];
  expect(starts[0]).toBe(1);
  expect(starts.slice(0, 5)).toEqual([...new Set(starts.slice(0, 5))]);
  expect([...starts].sort((a, b) => a - b)).toEqual(starts);
});

test('4096 masks have their rows', () => {
  const compiled = compileNow(prefixRules(4096, 4096));
  expect(compiled.ipv4.maskCount).toBe(4096);
  const image = imageOf(compiled);
  expect(checkSpace(image, Header.ipv4, compiled.ipv4, compiled)).toBe(4096);
});

test('100,000 rules take no more than 110 bytes each', () => {
  const compiled = compileNow(prefixRules(100_000, 8));
  expect((planImage(compiled).chunks * CHUNK_BYTES) / compiled.ruleCount).toBeLessThan(110);
});
