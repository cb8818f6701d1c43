import { expect, test } from 'vitest';
import { FlowTable } from './flow-table.ts';
import { KEY_STRIDE, UDP, writeKeyAddresses, writeKeyHead } from './packet-key.ts';
import { Action } from './rule.ts';

function keyOf(src: number, srcPort = 1000): Uint32Array {
  const key = new Uint32Array(KEY_STRIDE);
  writeKeyHead(key, 0, 4, UDP, srcPort, 7000);
  writeKeyAddresses(key, 0, [src], [0x7f000001]);
  return key;
}

const record = (table: FlowTable, src: number, bytes: number, nowMs: number, dropped = false) =>
  table.record(keyOf(src), 0, bytes, nowMs, dropped, dropped ? Action.drop : Action.allow, dropped ? 7 : 0);

test('adds up packets, bytes, drops and times of each flow', () => {
  const table = new FlowTable(64, 1_000);
  record(table, 1, 100, 10);
  record(table, 1, 200, 20, true);
  record(table, 2, 50, 30);
  expect(table.active).toBe(2);
  expect(table.top(10, 'bytes')).toEqual([
    {
      key: keyOf(1),
      packets: 2,
      bytes: 300,
      droppedPackets: 1,
      firstSeenMs: 10,
      lastSeenMs: 20,
      action: Action.drop,
      serial: 7,
    },
    expect.objectContaining({ packets: 1, bytes: 50, action: Action.allow, serial: 0 }),
  ]);
});

test('orders by bytes or by packets and stops at the limit', () => {
  const table = new FlowTable(4096, 1_000);
  for (let flow = 1; flow <= 300; flow++) {
    for (let i = 0; i < flow % 17; i++) record(table, flow, 10_000 - flow, 1);
  }
  const packets = table.top(20, 'packets').map((flow) => flow.packets);
  expect(packets).toEqual([...packets].sort((a, b) => b - a));
  expect(packets).toEqual([...new Array(17).fill(16), 15, 15, 15]);
  const all = table.top(1_000, 'bytes').map((flow) => flow.bytes);
  expect(table.top(5, 'bytes').map((flow) => flow.bytes)).toEqual(all.slice(0, 5));
  expect(table.top(0, 'bytes')).toEqual([]);
});

test('idle flows end, by the sweep and for newcomers', () => {
  const table = new FlowTable(8, 1_000);
  for (let flow = 0; flow < 8; flow++) record(table, flow, 1, flow < 6 ? 0 : 900);
  record(table, 100, 1, 1_500); // takes the place of an idle one: nothing live is lost
  expect(table.evicted).toBe(0);
  expect(table.active).toBe(8);
  table.sweep(1_500);
  expect(table.active).toBe(3);
  table.sweep(10_000);
  expect(table.active).toBe(0);
  expect(table.top(10, 'bytes')).toEqual([]);
});

test('a flood of random flows is counted as evictions and does not displace heavy hitters', () => {
  const table = new FlowTable(4_096, 60_000);
  const hitters = 10;
  const flood = 400_000;
  const key = keyOf(0);
  for (let i = 0; i < flood; i++) {
    key[2] = (0x80000000 + Math.imul(i, 0x9e3779b1)) >>> 0;
    key[3] = i;
    table.record(key, 0, 60, i / 100, false, Action.allow, 0);
    if (i % 10 === 0) record(table, (i / 10) % hitters, 1_000, i / 100);
  }
  expect(table.active).toBeLessThanOrEqual(table.capacity);
  expect(table.evicted).toBeGreaterThan(flood - 2 * table.capacity);
  const top = table.top(hitters, 'packets');
  const survivors = top.filter((flow) => flow.key[2] < hitters);
  expect(survivors).toHaveLength(hitters);
  expect(survivors.every((flow) => flow.packets === flood / 10 / hitters)).toBe(true);
});

test('flows that ended make room for new ones although they were large', () => {
  const table = new FlowTable(8, 1e9);
  for (let flow = 0; flow < 8; flow++) for (let i = 0; i < 50; i++) record(table, flow, 1, i);
  for (let i = 0; i < 200; i++) for (const flow of [100, 101, 102]) record(table, flow, 1, 100 + i);
  const now = table.top(8, 'packets').map((flow) => flow.key[2]);
  expect(now).toEqual(expect.arrayContaining([100, 101, 102]));
});
