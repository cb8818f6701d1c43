import { prefixWord } from './address.ts';
import type { CompiledRules } from './compiled-rules.ts';
import {
  DST,
  DST_REST,
  HAS_PORTS,
  ICMP,
  ICMPV6,
  IS_IPV6,
  KEY_STRIDE,
  keyWords,
  META,
  PORTS,
  PROTOCOL_BITS,
  SRC,
  SRC_REST,
  TCP,
  UDP,
} from './packet-key.ts';
import { type PortPrefix, portPrefixes } from './port-prefixes.ts';
import { Action, type Cidr, type Family, type PortRange, type Rule } from './rule.ts';
import { sortInSteps } from './sort-in-steps.ts';
import { bucketRate } from './token-bucket.ts';
import { type SpaceLimits, TupleSpaceBuilder } from './tuple-space-builder.ts';

/** Per family. Masks bound the time that a packet takes, entries the memory. */
const LIMITS: SpaceLimits = { entries: 1 << 21, masks: 1 << 12 };
const RULES_PER_STEP = 200;
const ANY_PROTOCOL = -1;
const ANY_PORT: readonly PortPrefix[] = [{ value: 0, length: 0 }];

/** A rule with what it keeps across generations. */
export interface PlacedRule {
  readonly rule: Rule;
  readonly slot: number;
  readonly serial: number;
  readonly bucket: number;
}

/**
 * Compiles a rule set into tuple spaces. Disabled rules are left out.
 * The work comes in steps of about a millisecond: drive it with `inSlices`, or drain it in a thread of its own.
 * @throws RuleSetError when the rules expand beyond the limits
 */
export function* compileRules(
  placed: readonly PlacedRule[],
  generation: number,
  limits: SpaceLimits = LIMITS,
): Generator<void, CompiledRules> {
  const enabled = yield* sortInSteps(
    placed.filter(({ rule }) => rule.enabled),
    byMatchOrder,
  );
  const builders = {
    4: new TupleSpaceBuilder(keyWords(4), limits),
    6: new TupleSpaceBuilder(keyWords(6), limits),
  };
  for (let rank = 0; rank < enabled.length; rank++) {
    for (const family of familiesOf(enabled[rank].rule))
      addRule(builders[family], family, rank, enabled[rank].rule);
    if (rank % RULES_PER_STEP === 0) yield;
  }
  const ipv4 = yield* builders[4].build();
  const ipv6 = yield* builders[6].build();
  return { ...(yield* verdicts(enabled)), generation, ipv4, ipv6 };
}

function byMatchOrder({ rule: a }: PlacedRule, { rule: b }: PlacedRule): number {
  return a.priority - b.priority || (a.id < b.id ? -1 : 1);
}

function* verdicts(
  enabled: readonly PlacedRule[],
): Generator<void, Omit<CompiledRules, 'generation' | 'ipv4' | 'ipv6'>> {
  const shared = (bytesPerRule: number) => new SharedArrayBuffer(bytesPerRule * enabled.length);
  const columns = {
    ruleCount: enabled.length,
    slots: new Uint32Array(shared(4)),
    serials: new Uint32Array(shared(4)),
    actions: new Uint8Array(shared(1)),
    buckets: new Uint32Array(shared(4)),
    intervals: new BigInt64Array(shared(8)),
    limits: new BigInt64Array(shared(8)),
  };
  for (const [rank, { rule, slot, serial, bucket }] of enabled.entries()) {
    columns.slots[rank] = slot;
    columns.serials[rank] = serial;
    columns.actions[rank] = rule.action;
    columns.buckets[rank] = bucket;
    if (rank % RULES_PER_STEP === 0) yield;
    if (rule.action !== Action.rateLimit) continue;
    const { interval, limit } = bucketRate(rule.ratePps, rule.burst);
    columns.intervals[rank] = interval;
    columns.limits[rank] = limit;
  }
  return columns;
}

function familiesOf(rule: Rule): readonly Family[] {
  const cidr = rule.src ?? rule.dst;
  return cidr ? [cidr.family] : [4, 6];
}

/** A rule with ports and any protocol means the protocols that have ports: sharing their masks saves lookups. */
function protocolsOf(rule: Rule, family: Family): readonly number[] {
  switch (rule.protocol) {
    case 'tcp':
      return [TCP];
    case 'udp':
      return [UDP];
    case 'icmp':
      return [family === 4 ? ICMP : ICMPV6];
    case 'any':
      return rule.srcPorts || rule.dstPorts ? [TCP, UDP] : [ANY_PROTOCOL];
  }
}

const prefixesOf = (range: PortRange | null): readonly PortPrefix[] =>
  range ? portPrefixes(range) : ANY_PORT;

const mask = new Uint32Array(KEY_STRIDE);
const key = new Uint32Array(KEY_STRIDE);

/** One entry for each protocol and pair of port prefixes. */
function addRule(builder: TupleSpaceBuilder, family: Family, rank: number, rule: Rule): void {
  const hasPorts = rule.srcPorts || rule.dstPorts ? HAS_PORTS : 0;
  writeAddress(rule.src, SRC, SRC_REST);
  writeAddress(rule.dst, DST, DST_REST);
  for (const protocol of protocolsOf(rule, family)) {
    const exact = protocol === ANY_PROTOCOL ? 0 : PROTOCOL_BITS;
    mask[META] = exact | hasPorts | IS_IPV6;
    key[META] = (exact && protocol) | hasPorts | (family === 6 ? IS_IPV6 : 0);
    for (const srcPort of prefixesOf(rule.srcPorts)) {
      for (const dstPort of prefixesOf(rule.dstPorts)) {
        mask[PORTS] = (portMask(srcPort) << 16) | portMask(dstPort);
        key[PORTS] = (srcPort.value << 16) | dstPort.value;
        builder.add(rank, signature(rule, mask[META], srcPort, dstPort), mask, key);
      }
    }
  }
}

function writeAddress(cidr: Cidr | null, first: number, rest: number): void {
  for (let word = 0; word < 4; word++) {
    const at = word === 0 ? first : rest + word - 1;
    mask[at] = cidr ? prefixWord(cidr.prefixLength, word) : 0;
    key[at] = cidr?.words[word] ?? 0;
  }
}

const portMask = ({ length }: PortPrefix): number => (0xffff << (16 - length)) & 0xffff;

/** Prefix lengths up to 128 and 128, 10 bits of meta, port prefixes up to 16 and 16: 36 bits in all. */
function signature(rule: Rule, meta: number, srcPort: PortPrefix, dstPort: PortPrefix): number {
  const addresses = ((rule.src?.prefixLength ?? 0) << 8) | (rule.dst?.prefixLength ?? 0);
  return addresses * 2 ** 20 + (meta << 10) + (srcPort.length << 5) + dstPort.length;
}
