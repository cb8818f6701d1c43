import { expect, test } from 'vitest';
import { noTotals } from '../engine/counters.ts';
import { createBuckets } from '../engine/token-bucket.ts';
import type { KernelGuardPort, Port } from '../port/port.ts';
import { rule } from '../testing/rules.ts';
import { silentLog } from '../testing/silent-log.ts';
import { DataPlane } from './data-plane.ts';
import { snapshot } from './stats.ts';

const handlerModule = new URL('../handlers/create-packet-handler.ts', import.meta.url);

/** A port without workers, whose kernel takes rules only as long as `working` says. */
function setUp() {
  const kernel = { working: true, generations: [] as number[], cleared: [] as number[] };
  const totals = { ...noTotals(), rxPackets: 7, passedPackets: 4 };
  const guard: KernelGuardPort = {
    ruleCounters: {
      read: (slot) => ({ packets: slot, bytes: 0, droppedPackets: 0 }),
      clear: (slot) => kernel.cleared.push(slot),
    },
    buckets: createBuckets(20),
    async useRules({ generation }) {
      if (!kernel.working) throw new Error('the kernel has no memory for the rules');
      kernel.generations.push(generation);
    },
    totals: () => totals,
    flows: () => [],
    captureDrops() {},
    ignoredPackets: () => 3,
    drainDrops: () => ({ packets: [], lost: 0 }),
  };
  const port: Port = {
    mode: 'afxdp',
    reason: 'a test asks',
    workers: 0,
    kernel: guard,
    async attach() {},
    addresses: () => [],
    collect() {},
    seal() {},
    async close() {},
  };
  const plane = new DataPlane(port, { maxRules: 10, flowTableSize: 8, handlerModule }, silentLog);
  return { kernel, plane };
}

test('rules are in force when the kernel enforces them', async () => {
  const { kernel, plane } = setUp();
  await plane.start();
  await plane.apply({ source_id: 'a', revision: 1 }, () => [rule()]);
  expect(kernel.generations).toEqual([0, 1]);
  expect(plane.ruleCounters.read(plane.rules.rules[0].slot).packets).toBe(plane.rules.rules[0].slot);
});

test('rules that the kernel cannot take are refused, and the ones before stay in force', async () => {
  const { kernel, plane } = setUp();
  const [kept, refused] = [rule(), rule()];
  await plane.apply({ source_id: 'a', revision: 1 }, () => [kept]);
  kernel.working = false;
  await expect(plane.apply({ source_id: 'a', revision: 2 }, () => [kept, refused])).rejects.toThrow(
    /no memory/,
  );
  expect(plane.version).toEqual({ source_id: 'a', revision: 1 });
  expect(plane.rules.rules.map(({ id }) => id)).toEqual([kept.id]);
  expect(plane.rules.serialOf(refused.id)).toBeUndefined();
  expect(kernel.cleared).toHaveLength(1); // the slot of the refused rule, for the next one
  kernel.working = true;
  expect(await plane.apply({ source_id: 'a', revision: 2 }, () => [refused])).toMatchObject({
    changed: true,
  });
});

test('what the kernel counted is in the totals', () => {
  const { plane } = setUp();
  expect(snapshot(plane)).toMatchObject({
    total: { rxPackets: 7, passedPackets: 4 },
    kernel: { rxPackets: 7 },
    ignoredPackets: 3,
  });
});
