import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_REPLY, type PacketBatch, type PacketHandler } from '../handlers/packet-handler.ts';
import { Reflector } from '../handlers/reflector.ts';
import { rule as dropRule } from '../testing/rules.ts';
import { Burst } from './burst.ts';
import { CaptureTap } from './capture-tap.ts';
import { createCounters, readTotals, receivedDrops } from './counters.ts';
import { Engine } from './engine.ts';
import { FlowTable } from './flow-table.ts';
import { KEY_STRIDE } from './packet-key.ts';
import { PacketParser, Parsed } from './packet-parser.ts';
import { Action, type Rule } from './rule.ts';
import { SlabRuleCounters } from './rule-counters.ts';
import { packetArb, rulesArb } from './testing/arbitraries.ts';
import { compileNow } from './testing/compile-now.ts';
import { keyOf, naiveClassify, type Packet } from './testing/naive-classifier.ts';
import { createBuckets } from './token-bucket.ts';

const SIZE = 100;
const SLOT = 256;
const SLOTS = 32;

function setUp(rules: readonly Rule[], handler: PacketHandler = new Reflector()) {
  const counters = createCounters(SLOTS);
  const errors: unknown[] = [];
  const engine = new Engine({
    counters,
    buckets: createBuckets(SLOTS),
    flows: new FlowTable(1024, 60_000),
    rules: compileNow(rules),
    handler,
    burstCapacity: 64,
    onHandlerError: (error) => errors.push(error),
    clock: () => 1_000_000_000n,
  });
  return { engine, counters, errors };
}

function burstOf(packets: readonly Packet[]): Burst {
  const burst = new Burst(64, new Uint8Array(64 * SLOT));
  burst.count = packets.length;
  burst.timeUs = 1_700_000_000_000_000;
  packets.forEach((packet, i) => {
    burst.keys.set(keyOf(packet), i * KEY_STRIDE);
    burst.offset[i] = i * SLOT;
    burst.length[i] = SIZE - 28;
    burst.space[i] = SLOT;
    burst.ipLength[i] = SIZE;
    burst.memory.fill(i + 1, i * SLOT, i * SLOT + SIZE - 28);
  });
  return burst;
}

const udp = (src: number): Packet => ({
  src: { family: 4, words: [src] },
  dst: { family: 4, words: [0x7f000001] },
  protocol: 17,
  srcPort: 1000,
  dstPort: 7000,
});

const rule = (changes: Partial<Rule>): Rule => dropRule({ id: 'a', priority: 1, ...changes });

const only = (src: number) => ({ src: { family: 4 as const, words: [src], prefixLength: 32 } });

/** rx = tx + consumed + drops, the invariant that the protocol promises. */
function expectBalance(counters: Float64Array): void {
  const totals = readTotals(counters);
  const { rxPackets, txPackets, consumedPackets } = totals;
  expect(txPackets + consumedPackets + receivedDrops(totals)).toBe(rxPackets);
}

function sendAll(engine: Engine, batch: PacketBatch): void {
  for (let i = 0; i < batch.count; i++)
    if (batch.replyLength[i] !== NO_REPLY) engine.sent(batch.replyLength[i] + 28);
}

const isReplyLoop = ({ srcPort, dstPort }: Packet): boolean => srcPort !== null && srcPort === dstPort;

test('every packet is counted once, for any rules and packets', () => {
  fc.assert(
    fc.property(rulesArb(12), fc.array(packetArb, { maxLength: 64 }), (rules, packets) => {
      const unlimited = rules.map((one) => ({ ...one, ratePps: 1, burst: 1000 }));
      const { engine, counters } = setUp(unlimited);
      sendAll(engine, engine.process(burstOf(packets)));
      const decided = packets.map((packet) => naiveClassify(unlimited, packet));
      const drops = decided.filter((hit) => hit?.action === Action.drop).length;
      const totals = readTotals(counters);
      expect(totals.rxPackets).toBe(packets.length);
      expect(totals.rxBytes).toBe(SIZE * packets.length);
      expect(totals.drops.rule).toBe(drops);
      const loops = packets.filter((packet, i) => decided[i]?.action !== Action.drop && isReplyLoop(packet));
      const replies = packets.length - drops - loops.length;
      expect(totals.drops.reply_loop).toBe(loops.length);
      expect(totals.txPackets).toBe(replies);
      expect(totals.txBytes).toBe(SIZE * replies);
      expect(totals.unmatchedPackets).toBe(decided.filter((hit) => hit === null).length);
      unlimited.forEach((one, slot) => {
        const hits = decided.filter((hit) => hit === one).length;
        const droppedPackets = one.action === Action.drop ? hits : 0;
        expect(new SlabRuleCounters([counters]).read(slot)).toEqual({
          packets: hits,
          bytes: SIZE * hits,
          droppedPackets,
        });
      });
      expectBalance(counters);
    }),
    { numRuns: 300 },
  );
});

test('only what the rules let through reaches the handler, moved together, with its place in the burst', () => {
  const { engine } = setUp([rule(only(2))]);
  const batch = engine.process(burstOf([udp(1), udp(2), udp(3)]));
  expect(batch.count).toBe(2);
  expect([...batch.index.subarray(0, 2)]).toEqual([0, 2]);
  expect(batch.memory[batch.offset[1]]).toBe(3);
  expect(batch.replyLength[1]).toBe(SIZE - 28);
});

test('a rate limit lets its burst through and counts the rest', () => {
  const { engine, counters } = setUp([rule({ action: Action.rateLimit, ratePps: 10, burst: 3 })]);
  const batch = engine.process(burstOf(new Array(10).fill(udp(1))));
  expect(batch.count).toBe(3);
  expect(readTotals(counters).drops.rate_limit).toBe(7);
  expect(new SlabRuleCounters([counters]).read(0)).toEqual({
    packets: 10,
    bytes: 10 * SIZE,
    droppedPackets: 7,
  });
  const [flow] = engine.flows.top(1, 'packets');
  expect(flow).toMatchObject({ packets: 10, droppedPackets: 7, action: Action.rateLimit, serial: 1 });
});

test('rules change between bursts', () => {
  const { engine, counters } = setUp([]);
  expect(engine.process(burstOf([udp(1)])).count).toBe(1);
  engine.useRules(compileNow([rule({})]));
  expect(engine.process(burstOf([udp(1)])).count).toBe(0);
  engine.useRules(compileNow([]));
  expect(engine.process(burstOf([udp(1)])).count).toBe(1);
  expect(readTotals(counters).unmatchedPackets).toBe(2);
});

test('what the handler leaves alone is consumed; an empty reply is a reply', () => {
  const { engine, counters } = setUp([], { handle: (batch) => void batch.replyLength.set([5, 0], 1) });
  sendAll(engine, engine.process(burstOf([udp(1), udp(2), udp(3)])));
  expect(readTotals(counters)).toMatchObject({ consumedPackets: 1, txPackets: 2, txBytes: 61 });
  expectBalance(counters);
});

test('a handler that throws costs its batch, and the next one is served', () => {
  let calls = 0;
  const { engine, counters, errors } = setUp([], {
    handle(batch) {
      batch.replyLength[0] = 1;
      if (calls++ === 0) throw new Error('broken');
    },
  });
  const first = engine.process(burstOf([udp(1), udp(2)]));
  expect([...first.replyLength.subarray(0, 2)]).toEqual([NO_REPLY, NO_REPLY]);
  sendAll(engine, engine.process(burstOf([udp(1), udp(2)])));
  expect(errors).toEqual([new Error('broken')]);
  expect(readTotals(counters)).toMatchObject({ txPackets: 1, consumedPackets: 1, bursts: 2 });
  expect(readTotals(counters).drops.handler_error).toBe(2);
  expectBalance(counters);
});

test('replies that do not fit are refused', () => {
  const { engine, counters, errors } = setUp([], {
    handle: (batch) => void batch.replyLength.fill(SLOT + 1, 0, 1),
  });
  const batch = engine.process(burstOf([udp(1), udp(2)]));
  expect(batch.replyLength[0]).toBe(NO_REPLY);
  expect(errors).toHaveLength(1);
  expect(readTotals(counters)).toMatchObject({ consumedPackets: 1 });
  expectBalance(counters);
});

test('a packet that comes from the port it goes to gets no reply: two reflectors would never stop', () => {
  const { engine, counters, errors } = setUp([rule(only(1))]);
  const spoofed = { ...udp(2), srcPort: 7000 };
  const batch = engine.process(burstOf([udp(1), spoofed, udp(3)]));
  expect(batch.replyLength[0]).toBe(NO_REPLY);
  sendAll(engine, batch);
  const { txPackets, drops } = readTotals(counters);
  expect({ txPackets, drops }).toMatchObject({ txPackets: 1, drops: { rule: 1, reply_loop: 1 } });
  expect(errors).toEqual([]);
  expectBalance(counters);
});

test('packets without ports are no reply loop, and consumed ones neither', () => {
  const icmp: Packet = { ...udp(1), protocol: 1, srcPort: null, dstPort: null };
  const consumed = { ...udp(2), srcPort: 7000 };
  const { engine, counters } = setUp([], { handle: (batch) => void batch.replyLength.fill(1, 0, 1) });
  sendAll(engine, engine.process(burstOf([icmp, consumed])));
  expect(readTotals(counters)).toMatchObject({ txPackets: 1, consumedPackets: 1, drops: { reply_loop: 0 } });
});

test('packets that the port refuses or cannot send are in the balance', () => {
  const { engine, counters } = setUp([]);
  engine.refuse('malformed', 40);
  engine.process(burstOf([udp(1)]));
  engine.drop('tx_error');
  engine.drop('socket_buffer', 5);
  expect(readTotals(counters)).toMatchObject({ rxPackets: 2, rxBytes: SIZE + 40 });
  expectBalance(counters);
});

test('a capture sees packets as they came, with their verdict, and counts what it had no room for', () => {
  const { engine } = setUp([rule(only(2))], { handle: (batch) => void batch.memory.fill(0) });
  const filter = { host: null, protocol: 'udp', port: 7000, serial: null, droppedOnly: false } as const;
  const tap = new CaptureTap({ filter, snapLength: 64, ringPackets: 2, ringBytes: 1000 });
  engine.addTap(1, tap);
  engine.process(burstOf([udp(1), udp(2), udp(3)]));
  const packets = tap.drain();
  expect(packets.map(({ dropped, serial, lost }) => ({ dropped, serial, lost }))).toEqual([
    { dropped: false, serial: 0, lost: 0 },
    { dropped: true, serial: 1, lost: 0 },
  ]);
  expect(packets[0]).toMatchObject({ originalLength: SIZE, timeUs: 1_700_000_000_000_000 });
  expect(packets[0].data).toHaveLength(64);
  expect(packets[0].data[63]).toBe(1);
  expect(tap.drain()).toEqual([]);
  engine.process(burstOf([udp(1)]));
  expect(tap.drain()[0].lost).toBe(1);
  engine.removeTap(1);
  engine.process(burstOf([udp(1)]));
  expect(tap.drain()).toEqual([]);
});

test('a captured packet is a valid one', () => {
  const { engine } = setUp([]);
  const filter = { host: null, protocol: 'any', port: null, serial: null, droppedOnly: false } as const;
  const tap = new CaptureTap({ filter, snapLength: 0, ringPackets: 9, ringBytes: 1000 });
  engine.addTap(1, tap);
  engine.process(burstOf([udp(0x0a000001)]));
  const [{ data }] = tap.drain();
  const key = new Uint32Array(KEY_STRIDE);
  expect(new PacketParser().parse(data, 0, data.length, key, 0)).toBe(Parsed.complete);
  expect(key).toEqual(keyOf(udp(0x0a000001)));
});
