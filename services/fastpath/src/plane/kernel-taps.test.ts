import { expect, test } from 'vitest';
import { Action } from '../engine/rule.ts';
import { keyOf } from '../engine/testing/naive-classifier.ts';
import type { KernelDrop, KernelGuardPort } from '../port/port.ts';
import { KernelTaps } from './kernel-taps.ts';

const filter = { host: null, protocol: 'any', port: null, serial: null, droppedOnly: false } as const;
const rings = { ringPackets: 3, ringBytes: 1_000 };

function setUp() {
  const kernel = { kept: [] as KernelDrop[], lost: 0, snapLength: 0 };
  const guard = {
    captureDrops(snapLength: number) {
      kernel.snapLength = snapLength;
    },
    drainDrops: () => ({ packets: kernel.kept.splice(0), lost: kernel.lost }),
  };
  return { kernel, taps: new KernelTaps(guard as unknown as KernelGuardPort) };
}

const drop = (serial: number, changes: Partial<KernelDrop> = {}): KernelDrop => ({
  timeUs: serial,
  key: keyOf({
    src: { family: 4, words: [1] },
    dst: { family: 4, words: [2] },
    protocol: 17,
    srcPort: serial,
    dstPort: 7_000,
  }),
  data: new Uint8Array(60).fill(serial),
  originalLength: 90,
  action: Action.drop,
  serial,
  dropped: true,
  ...changes,
});

test('each capture gets the packets that pass its filter, as long as it wants them', () => {
  const { kernel, taps } = setUp();
  taps.add({ id: 1, options: { filter: { ...filter, serial: 5 }, snapLength: 64, ...rings } });
  taps.add({ id: 2, options: { filter, snapLength: 40, ...rings } });
  expect(kernel.snapLength).toBe(64);
  kernel.kept = [drop(4), drop(5), drop(6, { dropped: false, action: Action.allow })];
  expect(taps.drain(1)).toMatchObject([{ serial: 5, timeUs: 5, originalLength: 90, dropped: true, lost: 0 }]);
  const all = taps.drain(2);
  expect(all.map(({ serial, dropped }) => [serial, dropped])).toEqual([
    [4, true],
    [5, true],
    [6, false],
  ]);
  expect(all[0].data).toEqual(new Uint8Array(40).fill(4));
  expect(taps.drain(2)).toEqual([]);
});

test('of a packet of which the kernel kept less than a capture wants, it gets what there is', () => {
  const { kernel, taps } = setUp();
  taps.add({ id: 1, options: { filter, snapLength: 0, ...rings } });
  expect(kernel.snapLength).toBe(65_535);
  kernel.kept = [drop(9)];
  expect(taps.drain(1)[0].data).toEqual(new Uint8Array(60).fill(9));
});

test('counts what was lost in its ring and, since it began, in the kernel', () => {
  const { kernel, taps } = setUp();
  taps.add({ id: 1, options: { filter, snapLength: 64, ...rings } });
  kernel.lost = 10;
  taps.add({ id: 2, options: { filter, snapLength: 64, ...rings } });
  kernel.lost = 12;
  kernel.kept = [1, 2, 3, 4, 5].map((serial) => drop(serial));
  expect(taps.drain(2).map(({ lost }) => lost)).toEqual([2, 2, 2]);
  kernel.kept = [drop(6)];
  expect(taps.drain(2).map(({ lost }) => lost)).toEqual([4]); // two more found the ring full
  expect(taps.drain(1).at(-1)!.lost).toBe(12);
});

test('the kernel keeps nothing when nobody captures', () => {
  const { kernel, taps } = setUp();
  taps.add({ id: 1, options: { filter, snapLength: 64, ...rings } });
  taps.add({ id: 2, options: { filter, snapLength: 96, ...rings } });
  taps.remove(2);
  expect(kernel.snapLength).toBe(64);
  taps.remove(1);
  expect(kernel.snapLength).toBe(0);
});
