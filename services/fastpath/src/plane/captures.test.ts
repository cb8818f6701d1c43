import { expect, test } from 'vitest';
import { Captures } from './captures.ts';
import type { DataPlane } from './data-plane.ts';

const filter = { host: null, protocol: 'any', port: null, serial: null, droppedOnly: false } as const;
const options = { filter, snapLength: 64, maxPackets: 1, maxDurationMs: 1 };

test('a capture that a worker cannot start takes no place, and ends on the workers that had started it', async () => {
  const asked: string[] = [];
  const worker = (index: number, failing: boolean) => ({
    thread: {
      index,
      async request(type: string) {
        asked.push(`${index} ${type}`);
        if (failing && type === 'addTap') throw new Error('no memory for the ring');
      },
    },
  });
  const port = { kernel: null };
  const workers = [worker(0, false), worker(1, true)];
  const plane = { taps: new Map(), port, workers } as unknown as DataPlane;
  const captures = new Captures(plane);
  await expect(captures.open(options)).rejects.toThrow('no memory for the ring');
  expect(captures.active).toBe(0);
  expect(asked).toEqual(['0 addTap', '1 addTap', '0 removeTap', '1 removeTap']);
});
