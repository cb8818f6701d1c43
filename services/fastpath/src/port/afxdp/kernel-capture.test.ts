import { expect, test } from 'vitest';
import { KEY_STRIDE } from '../../engine/packet-key.ts';
import { Captured } from './guard-layout.ts';
import { parseCaptured } from './kernel-capture.ts';

const SPACE = 128;
const RECORD = Captured.data + SPACE;
const STRIDE = 4 + RECORD + 4; // padded to 8

function record(out: DataView<ArrayBuffer>, at: number, length: number, reason: number): void {
  out.setUint32(at, RECORD, true);
  const start = at + 4;
  out.setBigUint64(start + Captured.timeNs, process.hrtime.bigint(), true);
  for (let word = 0; word < KEY_STRIDE; word++) out.setUint32(start + Captured.key + 4 * word, word, true);
  out.setUint32(start + Captured.ipLength, 1000, true);
  out.setUint32(start + Captured.length, length, true);
  out.setUint32(start + Captured.serial, 77, true);
  out.setUint16(start + Captured.queue, 3, true);
  out.setUint8(start + Captured.action, 2);
  out.setUint8(start + Captured.reason, reason);
  for (let i = 0; i < SPACE; i++) out.setUint8(start + Captured.data + i, i);
}

test('records are taken apart, one after the other', () => {
  const out = new DataView(new ArrayBuffer(2 * STRIDE));
  const before = Date.now() * 1000;
  record(out, 0, 100, 1);
  record(out, STRIDE, 8, 0);
  const packets = parseCaptured(new Uint8Array(out.buffer), 64);
  expect(packets).toMatchObject([
    { originalLength: 1000, serial: 77, queue: 3, action: 2, dropped: true },
    { originalLength: 1000, serial: 77, queue: 3, action: 2, dropped: false },
  ]);
  expect(packets.map(({ data }) => data.length)).toEqual([64, 8]);
  expect([...packets[0].data]).toEqual(Array.from({ length: 64 }, (_, i) => i));
  expect([...packets[0].key]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  // Monotonic time has become Unix time: now, give or take how exactly the two can be read.
  expect(Math.abs(packets[0].timeUs - before)).toBeLessThan(60_000_000);
});

test('nothing is no packet', () => {
  expect(parseCaptured(new Uint8Array(), 64)).toEqual([]);
});
