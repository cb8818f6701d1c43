import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseCidr } from '../../engine/address.ts';
import { compileRules, type PlacedRule } from '../../engine/compile-rules.ts';
import type { CompiledRules } from '../../engine/compiled-rules.ts';
import { Action, type Rule } from '../../engine/rule.ts';
import { finish } from '../../engine/testing/compile-now.ts';
import { FrameSender } from '../../testing/frame-sender.ts';
import { udpFrame } from '../../testing/frames.ts';
import { createVethPair, ip, needNamespace, type VethPair } from '../../testing/veth.ts';
import { KernelGuard } from './kernel-guard.ts';
import { canLoadGuard } from './testing/kernel-tests.ts';

const SWAPS = 500;
const PACKETS_PER_SEND = 2_000;
const PORT = 7000;
const MASKS = 48;

const close: (() => unknown)[] = [];
beforeEach(needNamespace);
afterEach(async () => {
  for (const step of close.splice(0).reverse()) await step();
});

/**
 * Many masks that our packets do not match, in more than one block of the program's, and last a rule that drops them
 * all. Every compilation has other secrets, so whoever mixed two of these sets would find nothing.
 */
function dropAllIn(slot: number): CompiledRules {
  const rules = Array.from({ length: MASKS }, (_, i): PlacedRule => {
    const prefix = `203.0.113.${i}/${1 + (i % 32)}`;
    return { rule: rule(i, prefix, i < 32 ? 'udp' : 'tcp'), slot: 0, serial: 1, bucket: 0 };
  });
  return finish(compileRules([...rules, { rule: rule(MASKS, null, 'any'), slot, serial: 2, bucket: 0 }], 1));
}

function rule(priority: number, prefix: string | null, protocol: Rule['protocol']): Rule {
  return {
    ...{ id: `${priority}`, enabled: true, priority, action: Action.drop, protocol },
    ...{ src: prefix === null ? null : parseCidr(prefix), dst: null, srcPorts: null, dstPorts: null },
    ...{ ratePps: 1, burst: 1 },
  };
}

/** Packets that the veth pair itself had no room for. */
function linkDrops({ namespace, peer }: VethPair): number {
  const [link] = JSON.parse(ip('-n', namespace, '-s', '-j', 'link', 'show', 'dev', peer.interface)) as {
    stats64: { tx: { dropped: number } };
  }[];
  return link.stats64.tx.dropped;
}

function attachGuard(pair: VethPair): KernelGuard {
  const guard = new KernelGuard({
    ...{ interface: pair.here.interface, mode: 'native', dataPort: PORT, scope: 'data_port' },
    ...{ ruleSlots: 8, flowTableSize: 1024 },
  });
  close.push(() => guard.close());
  guard.useAddresses([pair.here.ipv4]);
  return guard;
}

test.runIf(canLoadGuard())(
  'while 500 rule sets follow each other under load, each packet is judged by exactly one of them',
  async () => {
    const pair = createVethPair(1);
    close.push(() => pair.close());
    const guard = attachGuard(pair);
    const sets = [dropAllIn(1), dropAllIn(2)];
    await guard.useRules(sets[0]);
    guard.attach();
    const sender = new FrameSender(pair);
    close.push(() => sender.close());
    const frame = udpFrame(pair, { family: 4, srcPort: 9, dstPort: PORT, payload: new Uint8Array(18) });

    let sent = 0;
    let isOver = false;
    const sending = (async () => {
      for (; !isOver; sent += PACKETS_PER_SEND) await sender.send([frame], PACKETS_PER_SEND);
    })();
    for (let swap = 1; swap <= SWAPS; swap++) await guard.useRules(sets[swap % 2]);
    isOver = true;
    await sending;

    await vi.waitFor(() => expect(guard.kernelTotals().judgedPackets).toBe(sent - linkDrops(pair)), {
      timeout: 120_000,
    });
    const [none, first, second] = [0, 1, 2].map((slot) => guard.ruleCounters.read(slot));
    const totals = guard.kernelTotals();
    expect([none.packets, totals.unmatchedPackets]).toEqual([0, 0]);
    expect(first.packets + second.packets).toBe(totals.judgedPackets);
    expect(first.droppedPackets + second.droppedPackets).toBe(totals.rule);
    expect(totals.rule).toBe(totals.judgedPackets);
    // Both had their share of a flood that lasted to the end.
    expect(Math.min(first.packets, second.packets)).toBeGreaterThan(10 * SWAPS);
  },
  300_000,
);
