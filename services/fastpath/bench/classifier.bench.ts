/*
 * Cost of one lookup in the tuple space: by number of rules over 8 masks, by number of masks, and against first match
 * rule by rule; cost of compiling. Half of the packets match some rule. Run: node bench/classifier.bench.ts
 */
import assert from 'node:assert/strict';
import { formatAddress, parseCidr } from '../src/engine/address.ts';
import { classify } from '../src/engine/classify.ts';
import { compileRules, type PlacedRule } from '../src/engine/compile-rules.ts';
import { type CompiledRules, maskCount } from '../src/engine/compiled-rules.ts';
import { inSlices } from '../src/engine/in-slices.ts';
import { KEY_STRIDE, UDP } from '../src/engine/packet-key.ts';
import { Action, type Family, type Rule } from '../src/engine/rule.ts';
import { keyOf, matches, type Packet } from '../src/engine/testing/naive-classifier.ts';
import { type Contender, measure, printEnvironment } from './measure.ts';

const PACKETS = 4096;
const LOOKUPS = 50_000;
const NAIVE_COMPARISONS = 400_000;
const ROUNDS = 7;

/** The same numbers in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const wordsOf = (family: Family, n: number): number[] =>
  family === 4 ? [n >>> 0] : [0x20010db8, n >>> 0, 0, 1];

/** Drop rules over as many masks: two prefix lengths in all combinations, every other rule with a port. */
function makeRules(count: number, masks: number, family: Family): Rule[] {
  const random = createRandom(1);
  return Array.from({ length: count }, (_, i) => {
    const kind = i % masks;
    const cidr = (shorter: number) => {
      const address = formatAddress(wordsOf(family, random(2 ** 32)));
      return parseCidr(`${address}/${(family === 4 ? 32 : 64) - shorter}`);
    };
    const port = random(65_536);
    return {
      id: i.toString(16).padStart(8, '0'),
      enabled: true,
      priority: i,
      action: Action.drop,
      protocol: 'udp',
      src: cidr((kind >> 1) % 4),
      dst: cidr(kind >> 3),
      srcPorts: null,
      dstPorts: kind % 2 === 1 ? { min: port, max: port } : null,
      ratePps: 0,
      burst: 0,
    };
  });
}

/** Every other packet is made to match one of the rules. */
function makePackets(rules: readonly Rule[], family: Family): Packet[] {
  const random = createRandom(2);
  return Array.from({ length: PACKETS }, (_, i) => {
    const aim = i % 2 === 0 ? rules[random(rules.length)] : null;
    return {
      src: { family, words: aim?.src?.words ?? wordsOf(family, random(2 ** 32)) },
      dst: { family, words: aim?.dst?.words ?? wordsOf(family, random(2 ** 32)) },
      protocol: UDP,
      srcPort: random(65_536),
      dstPort: aim?.dstPorts?.min ?? random(65_536),
    };
  });
}

async function compile(rules: readonly Rule[]): Promise<CompiledRules> {
  const placed: PlacedRule[] = rules.map((rule, i) => ({ rule, slot: i, serial: i + 1, bucket: i }));
  return await inSlices(compileRules(placed, 1));
}

function lookUp(name: string, compiled: CompiledRules, packets: readonly Packet[]): Contender {
  const keys = new Uint32Array(PACKETS * KEY_STRIDE);
  packets.forEach((packet, i) => {
    keys.set(keyOf(packet), i * KEY_STRIDE);
  });
  return {
    name,
    operations: LOOKUPS,
    run: () => {
      let hits = 0;
      for (let i = 0; i < LOOKUPS; i++) {
        if (classify(compiled, keys, (i % PACKETS) * KEY_STRIDE) >= 0) hits++;
      }
      assert(hits >= LOOKUPS * 0.45 && hits < LOOKUPS, `${name}: ${hits} of ${LOOKUPS} lookups hit`);
    },
  };
}

function naive(name: string, rules: readonly Rule[], packets: readonly Packet[]): Contender {
  const operations = Math.max(12, Math.min(20_000, Math.floor(NAIVE_COMPARISONS / rules.length)));
  return {
    name,
    operations,
    run: () => {
      let hits = 0;
      for (let i = 0; i < operations; i++) {
        if (rules.some((rule) => matches(rule, packets[i % PACKETS]))) hits++;
      }
      assert(hits >= operations * 0.3 && hits < operations, `${name}: ${hits} of ${operations} hit`);
    },
  };
}

/** The longest time that the event loop did not turn while `work` ran, and how long all of it took. */
async function timed<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; ms: number; gapMs: number }> {
  let gapMs = 0;
  let last = performance.now();
  const turn = () => {
    gapMs = Math.max(gapMs, performance.now() - last);
    last = performance.now();
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  const start = performance.now();
  const result = await work();
  clearImmediate(next);
  return { result, ms: performance.now() - start, gapMs: Math.max(gapMs, performance.now() - last) };
}

printEnvironment();
const contenders: Contender[] = [];
console.log('\ncompiling              rules  masks     ms   longest pause ms');
for (const [family, count, masks] of [
  [4, 10, 8],
  [4, 1_000, 8],
  [4, 100_000, 8],
  [6, 100_000, 8],
  [4, 100_000, 2],
  [4, 100_000, 32],
  [4, 100_000, 64],
] as const) {
  const rules = makeRules(count, masks, family);
  const packets = makePackets(rules, family);
  const { result: compiled, ms, gapMs } = await timed(() => compile(rules));
  assert.equal(maskCount(compiled), masks);
  const name = `IPv${family}, ${count} rules, ${masks} masks`;
  const figures = [count.toString().padStart(22), masks.toString().padStart(6), ms.toFixed(0).padStart(6)];
  console.log(`${`IPv${family}`.padEnd(6)}${figures.join(' ')} ${gapMs.toFixed(0).padStart(18)}`);
  contenders.push(lookUp(name, compiled, packets));
  if (count === 1_000) contenders.push(lookUp(`${name} (A/A)`, compiled, packets));
  if (family === 4 && masks === 8) contenders.push(naive(`${name}, naive`, rules, packets));
}

const samples = measure(contenders, ROUNDS);
console.log(`\nns per lookup, ${ROUNDS} rounds by turns${' '.repeat(12)}     best       median        worst`);
for (const { name, best, median, worst } of samples) {
  console.log(`${name.padEnd(40)}${[best, median, worst].map((ns) => ns.toFixed(1).padStart(13)).join('')}`);
}
const twins = samples.filter(
  ({ name }) => name.startsWith('IPv4, 1000 rules, 8 masks') && !name.includes('naive'),
);
const noise = Math.abs(twins[0].median / twins[1].median - 1);
console.log(`\nA/A noise floor of the medians: ${(100 * noise).toFixed(1)} %`);
