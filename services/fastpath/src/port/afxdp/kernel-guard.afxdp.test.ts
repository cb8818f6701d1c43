import { afterEach, describe, expect, test } from 'vitest';
import { Action, type Rule } from '../../engine/rule.ts';
import { compileNow } from '../../engine/testing/compile-now.ts';
import { keyOf, type Packet } from '../../engine/testing/naive-classifier.ts';
import type { KernelGuard } from './kernel-guard.ts';
import { buildFrame, type FrameShape, PLAIN } from './testing/frames.ts';
import { DATA_PORT, openGuard, Xdp } from './testing/guard-under-test.ts';
import { canLoadGuard } from './testing/kernel-tests.ts';

const PEER = 0x0a000001;
const US = { text: '10.0.0.2', word: 0x0a000002 };
const IPV4_AND_UDP = 28;
const ETHERNET = 14;

const guards: KernelGuard[] = [];
afterEach(() => {
  for (const guard of guards.splice(0)) guard.close();
});

function open(...args: Parameters<typeof openGuard>): KernelGuard {
  const guard = openGuard(...args);
  guards.push(guard);
  guard.useAddresses([US.text]);
  return guard;
}

const udp = (fields: Partial<Packet> = {}): Packet => ({
  src: { family: 4, words: [PEER] },
  dst: { family: 4, words: [US.word] },
  protocol: 17,
  srcPort: 1000,
  dstPort: DATA_PORT,
  ...fields,
});

const frameOf = (fields: Partial<Packet> = {}, shape: Partial<FrameShape> = {}): Uint8Array =>
  buildFrame(udp(fields), { ...PLAIN, ...shape });

const drop = (fields: Partial<Rule> = {}): Rule => ({
  ...{ id: 'a', enabled: true, priority: 0, action: Action.drop, protocol: 'any' },
  ...{ src: null, dst: null, srcPorts: null, dstPorts: null, ratePps: 1, burst: 1 },
  ...fields,
});

const fromPort = (port: number) => ({ srcPorts: { min: port, max: port } });

describe.runIf(canLoadGuard())('KernelGuard', () => {
  test('without rules, and before there are any, everything is unmatched', async () => {
    const guard = open('data_port');
    guard.program.testRun(frameOf());
    await guard.useRules(compileNow([]));
    guard.program.testRun(frameOf());
    expect(guard.totals()).toMatchObject({
      ...{ rxPackets: 2, rxBytes: 2 * (IPV4_AND_UDP + PLAIN.payload), unmatchedPackets: 2, passedPackets: 0 },
      drops: { no_socket: 2, rule: 0 },
    });
  });

  test('totals balance: what was received was passed or dropped for a reason', async () => {
    const guard = open('interface');
    await guard.useRules(
      compileNow([drop(fromPort(1)), drop({ id: 'b', action: Action.rateLimit, ...fromPort(2) })]),
    );
    for (const srcPort of [1, 2, 2, 2, 3]) guard.program.testRun(frameOf({ srcPort, dstPort: 53 }));
    guard.program.testRun(frameOf({}, { damage: { kind: 'cut', bytes: 20 } }));
    guard.program.testRun(frameOf({}, { fragment: 'first' }));
    guard.program.testRun(frameOf());
    const { rxPackets, passedPackets, unmatchedPackets, drops } = guard.totals();
    expect({ rxPackets, passedPackets, unmatchedPackets }).toEqual({
      ...{ rxPackets: 8, passedPackets: 2, unmatchedPackets: 3 },
    });
    expect(drops).toMatchObject({ rule: 1, rate_limit: 2, malformed: 1, unsupported: 1, no_socket: 1 });
    expect([0, 1].map((slot) => guard.ruleCounters.read(slot))).toEqual([
      { packets: 1, bytes: IPV4_AND_UDP + PLAIN.payload, droppedPackets: 1 },
      { packets: 3, bytes: 3 * (IPV4_AND_UDP + PLAIN.payload), droppedPackets: 2 },
    ]);
    guard.ruleCounters.clear(1);
    expect(guard.ruleCounters.read(1).packets).toBe(0);
    expect(guard.ruleCounters.read(0).packets).toBe(1);
  });

  test('only packets to our own addresses are ours, whatever they are at the time', () => {
    const guard = open('data_port');
    const noSockets = (dst: Packet['dst']) => {
      const before = guard.kernelTotals().noSocket;
      guard.program.testRun(frameOf({ dst, src: dst }));
      return guard.kernelTotals().noSocket - before;
    };
    const other: Packet['dst'] = { family: 4, words: [US.word + 1] };
    const ipv6: Packet['dst'] = { family: 6, words: [0x20010db8, 0, 0, 1] };
    expect([udp().dst, other, ipv6].map(noSockets)).toEqual([1, 0, 0]);
    guard.useAddresses(['10.0.0.3', '2001:db8::1']);
    expect([udp().dst, other, ipv6].map(noSockets)).toEqual([0, 1, 1]);
    // Two spellings are one address, which stays while one of them does.
    guard.useAddresses(['2001:db8:0::1', '2001:db8::1']);
    guard.useAddresses(['2001:db8:0::1']);
    expect([udp().dst, other, ipv6].map(noSockets)).toEqual([0, 0, 1]);
    expect(guard.ignoredPackets()).toBe(5);
  });

  test('flows have the keys of the engine, counts, and the verdict about their newest packet', async () => {
    const guard = open('interface');
    const before = Date.now();
    await guard.useRules(compileNow([drop(fromPort(3))]));
    for (const srcPort of [1, 2, 2, 3, 3, 3])
      guard.program.testRun(frameOf({ srcPort }, { payload: 100 * srcPort }));
    guard.program.testRun(frameOf({ srcPort: 1 }, { payload: 1000 }));
    const flows = guard.flows(2, 'packets');
    expect(flows.map(({ packets }) => packets)).toEqual([3, 2]);
    expect(flows[0]).toMatchObject({
      key: keyOf(udp({ srcPort: 3 })),
      ...{ packets: 3, bytes: 3 * (IPV4_AND_UDP + 300), droppedPackets: 3, action: Action.drop, serial: 1 },
    });
    // Stamps are as coarse as the kernel's tick, 10 ms at most, and two clocks are compared.
    expect(flows[0].firstSeenMs).toBeGreaterThanOrEqual(before - 20);
    expect(flows[0].lastSeenMs).toBeGreaterThanOrEqual(flows[0].firstSeenMs);
    expect(guard.flows(1, 'bytes')[0]).toMatchObject({
      key: keyOf(udp({ srcPort: 1 })),
      ...{ packets: 2, bytes: 2 * IPV4_AND_UDP + 1100, serial: 0 },
    });
    expect(guard.totals()).toMatchObject({ flowsActive: 3, flowsEvicted: 0 });
  });

  test('a full flow table makes room, and counts what had to go', () => {
    const flowTableSize = 1024;
    const guard = open('interface', { flowTableSize });
    for (let port = 0; port < 5000; port++) guard.program.testRun(frameOf({ srcPort: port }));
    const { flowsInserted, flowsFailed } = guard.kernelTotals();
    const { flowsActive, flowsEvicted } = guard.totals();
    expect([flowsInserted, flowsFailed]).toEqual([5000, 0]);
    expect(flowsActive).toBeGreaterThan(0);
    expect(flowsActive).toBeLessThanOrEqual(flowTableSize);
    expect(flowsEvicted).toBe(5000 - flowsActive);
  });

  test('a capture keeps what the rules drop, from the IP header on, up to its snap length', async () => {
    const guard = open('data_port');
    await guard.useRules(compileNow([drop(fromPort(1))]));
    const frames = [0, 1, 20, 72, 73, 74, 1000, 1472, 3000].map((payload) =>
      frameOf({ srcPort: 1 }, { payload }),
    );
    guard.program.testRun(frames[0]);
    guard.captureDrops(4096);
    for (const frame of frames) guard.program.testRun(frame);
    const { packets } = guard.drainDrops();
    expect(packets.map(({ data }) => Buffer.from(data).toString('hex'))).toEqual(
      frames.map((frame) => Buffer.from(frame.subarray(ETHERNET)).toString('hex')),
    );
    expect(packets[0]).toMatchObject({
      ...{ key: keyOf(udp({ srcPort: 1 })), originalLength: IPV4_AND_UDP, dropped: true },
      ...{ action: Action.drop, serial: 1, queue: 0 },
    });
    guard.captureDrops(50);
    guard.program.testRun(frames[6]);
    guard.captureDrops(0);
    guard.program.testRun(frames[6]);
    const cut = guard.drainDrops();
    expect(cut.packets.map(({ data, originalLength }) => [data.length, originalLength])).toEqual([
      [50, IPV4_AND_UDP + 1000],
    ]);
    expect(cut.lost).toBe(0);
  });

  test('a capture that nobody drains loses packets, and says how many', () => {
    const guard = open('interface', { captureRingBytes: 4096 });
    guard.captureDrops(64);
    for (let i = 0; i < 100; i++) guard.program.testRun(frameOf({ dstPort: 53 }));
    const { packets, lost } = guard.drainDrops();
    expect(packets.length).toBeGreaterThan(5);
    expect(packets.length + lost).toBe(100);
    expect(packets.every(({ dropped }) => !dropped)).toBe(true);
    expect(guard.kernelTotals()).toMatchObject({ captured: packets.length, captureLost: lost });
  });

  test('frames of several buffers are judged by the headers in the first, and unreadable ones are cut off', async () => {
    const guard = open('interface');
    await guard.useRules(compileNow([drop(fromPort(1))]));
    expect(guard.program.testRun(frameOf({ srcPort: 1, dstPort: 53 }, { payload: 9000 })).action).toBe(
      Xdp.drop,
    );
    expect(guard.ruleCounters.read(0)).toMatchObject({ packets: 1, bytes: IPV4_AND_UDP + 9000 });
    const ipv6: Packet['dst'] = { family: 6, words: [0x20010db8, 0, 0, 1] };
    const far = frameOf(
      { src: ipv6, dst: ipv6 },
      {
        extensions: [
          [60, 255],
          [60, 255],
          [60, 255],
        ],
        payload: 100,
      },
    );
    expect(guard.program.testRun(far).action).toBe(Xdp.drop);
    expect(guard.kernelTotals()).toMatchObject({ rule: 1, malformed: 1 });
  });

  test('closed, it keeps its counts and takes no more rules', async () => {
    const guard = open('data_port');
    await guard.useRules(compileNow([drop()]));
    guard.program.testRun(frameOf());
    guard.close();
    guard.close();
    expect(guard.totals()).toMatchObject({ rxPackets: 1, drops: { rule: 1 } });
    expect(guard.ruleCounters.read(0).packets).toBe(1);
    expect(guard.flows(10, 'packets')).toEqual([]);
    expect(guard.drainDrops()).toEqual({ packets: [], lost: 0 });
    await expect(guard.useRules(compileNow([]))).rejects.toThrow();
  });
});
