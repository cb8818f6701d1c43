import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Address, parseAddress } from '../../engine/address.ts';
import { classify } from '../../engine/classify.ts';
import type { CompiledRules } from '../../engine/compiled-rules.ts';
import { UDP } from '../../engine/packet-key.ts';
import { Parsed } from '../../engine/packet-parser.ts';
import type { Rule } from '../../engine/rule.ts';
import { packetArb, rulesArb } from '../../engine/testing/arbitraries.ts';
import { compileNow } from '../../engine/testing/compile-now.ts';
import { naiveClassify, type Packet } from '../../engine/testing/naive-classifier.ts';
import { SCOPES, type Scope, TOTAL_CELLS } from './guard-layout.ts';
import type { KernelGuard } from './kernel-guard.ts';
import { ExpectedGuard, type Outcome, type Verdict } from './testing/expected-guard.ts';
import type { Judged } from './testing/frame-oracle.ts';
import { buildFrame, type FrameShape, packetIn, shapeArb } from './testing/frames.ts';
import { openGuard, ReusedImage } from './testing/guard-under-test.ts';
import { canLoadGuard } from './testing/kernel-tests.ts';

const MAX_RULES = 24;
const RULE_SETS = 1_000;
const PACKETS = 64;
const PORT = 80;
const OURS = { 4: ['10.0.0.1', '192.0.2.255'], 6: ['2001:db8::1', 'fe80::1'] };
/** An image for MAX_RULES rules that expand to all the port prefixes there are. */
const IMAGE_CHUNKS = 4096;
const NOT_COMPARED = ['flowsInserted', 'flowsFailed', 'captured', 'captureLost'];
const EMPTY_BUCKET = 1n << 62n;

interface Case {
  readonly packet: Packet;
  readonly shape: FrameShape;
  readonly hasToken: boolean;
}

const caseArb: fc.Arbitrary<Case> = fc
  .record({
    packet: packetArb,
    shape: shapeArb,
    hasToken: fc.boolean(),
    toUs: fc.boolean(),
    ownAddress: fc.integer({ min: 0, max: 1 }),
  })
  .map(({ packet, toUs, ownAddress, ...rest }) => ({
    ...rest,
    packet: toUs ? sendToUs(packet, ownAddress) : packet,
  }));

function sendToUs(packet: Packet, ownAddress: number): Packet {
  const dst = parseAddress(OURS[packet.src.family][ownAddress]) as Address;
  return { ...packet, dst, protocol: UDP, srcPort: packet.srcPort ?? PORT, dstPort: PORT };
}

/** Drives the program and what is expected of it side by side. */
class Comparison {
  readonly seen = new Map<string, number>();
  readonly guard: KernelGuard;
  readonly #expected: ExpectedGuard;
  readonly #image: ReusedImage;

  constructor(scope: Scope) {
    this.guard = openGuard(scope, { ruleSlots: MAX_RULES, dataPort: PORT });
    const addresses = [...OURS[4], ...OURS[6]];
    this.guard.useAddresses(addresses);
    this.#expected = new ExpectedGuard({ scope, port: PORT, addresses: new Set(addresses) }, MAX_RULES);
    this.#image = new ReusedImage(this.guard, IMAGE_CHUNKS);
  }

  takeAll(rules: readonly Rule[], cases: readonly Case[]): void {
    const compiled = compileNow(rules);
    this.#image.use(compiled);
    for (const one of cases) this.#take(rules, compiled, one);
  }

  #take(rules: readonly Rule[], compiled: CompiledRules, { packet, shape, hasToken }: Case): void {
    this.guard.buckets.fill(hasToken ? 0n : EMPTY_BUCKET);
    const frame = buildFrame(packet, shape);
    const outcome = this.#expected.take(frame, (judged) => {
      const slot = decidingSlot(rules, compiled, packet, shape, judged);
      return slot < 0 ? null : verdict(rules, slot, hasToken);
    });
    const { action } = this.guard.program.testRun(frame, 1);
    expect(action).toBe(outcome.xdpAction);
    this.#compareCounters(outcome);
    this.#tally(outcome);
  }

  /** The very rule: its counter, and no other cell, has moved. */
  #compareCounters({ verdict }: Outcome): void {
    const totals = this.guard.kernelTotals();
    for (const name of TOTAL_CELLS) {
      if (NOT_COMPARED.includes(name) || totals[name] === this.#expected.totals[name]) continue;
      expect({ [name]: totals[name] }).toEqual({ [name]: this.#expected.totals[name] });
    }
    if (!verdict) return;
    expect(this.guard.ruleCounters.read(verdict.slot).packets).toBe(this.#expected.packets(verdict.slot));
  }

  #tally({ judged, verdict, drop }: Outcome): void {
    const names = ['cases', verdict ? 'matched' : 'no rule', drop ?? 'not dropped'];
    if (judged) names.push('judged', `class ${judged.parsed}`);
    for (const name of names) this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
  }

  share(name: string): number {
    return (this.seen.get(name) ?? 0) / (this.seen.get('cases') as number);
  }
}

function verdict(rules: readonly Rule[], slot: number, hasToken: boolean): Verdict {
  return { slot, action: rules[slot].action, hasToken };
}

/** Rule by rule where the frame is what was built, and by the tuple space where bytes of it have changed. */
function decidingSlot(
  rules: readonly Rule[],
  compiled: CompiledRules,
  packet: Packet,
  shape: FrameShape,
  { key }: Judged,
): number {
  if (shape.damage.kind === 'none') {
    const rule = naiveClassify(rules, packetIn(packet, shape));
    return rule ? rules.indexOf(rule) : -1;
  }
  const rank = classify(compiled, key, 0);
  return rank < 0 ? -1 : compiled.slots[rank];
}

describe.runIf(canLoadGuard())('the program in the kernel and the TypeScript classifier', () => {
  test.each(SCOPES)(
    'decide alike about 64,000 packets under 1,000 rule sets, scope %s',
    (scope) => {
      const comparison = new Comparison(scope);
      try {
        fc.assert(
          fc.property(
            rulesArb(MAX_RULES),
            fc.array(caseArb, { minLength: PACKETS, maxLength: PACKETS }),
            (rules, cases) => comparison.takeAll(rules, cases),
          ),
          { numRuns: RULE_SETS, seed: 3, endOnFailure: true },
        );
      } finally {
        comparison.guard.close();
      }
      expect(comparison.seen.get('cases')).toBe(RULE_SETS * PACKETS);
      // Without these the comparison could hold because hardly anything was judged.
      const isInterface = scope === 'interface';
      expect(comparison.share('judged')).toBeGreaterThan(isInterface ? 0.8 : 0.2);
      expect(comparison.share('matched')).toBeGreaterThan(isInterface ? 0.3 : 0.1);
      for (const drop of ['rule', 'rateLimit', 'malformed', 'unsupported', 'noSocket']) {
        // On the data port only a wrong UDP length is malformed; what breaks off before its ports is nobody's.
        expect([drop, comparison.share(drop) > 0.0001]).toEqual([drop, true]);
      }
      const classes = isInterface ? Object.values(Parsed) : [Parsed.complete, Parsed.fragment];
      for (const parsed of classes) {
        expect([parsed, comparison.share(`class ${parsed}`) > 0.01]).toEqual([parsed, true]);
      }
    },
    300_000,
  );
});
