import { expect, test } from 'vitest';
import { readConfig } from '../../config.ts';
import { laneOptions } from './lane-options.ts';
import type { Machine } from './requirements.ts';

const hugepages = { total: 0, free: 0 };
const machine: Machine = {
  nodes: [{ node: 0, cpus: [0], hugepages }],
  rxQueues: 4,
  mtu: 1_500,
  numaNode: 0,
};
const xdp = (env: Record<string, string>) =>
  readConfig({ APP_ENV: 'test', FASTPATH_SECRET: 'x'.repeat(32), XDP_INTERFACE: 'eth1', ...env }).xdp;

test('all queues, or the ones of XDP_QUEUES, on the node of the NIC', () => {
  const all = laneOptions(xdp({}), machine);
  expect(all.map(({ queue }) => queue)).toEqual([0, 1, 2, 3]);
  expect(all[0]).toMatchObject({ numaNode: 0, mtu: 1_500 });
  expect(laneOptions(xdp({ XDP_QUEUES: '3,1' }), machine).map(({ queue }) => queue)).toEqual([1, 3]);
});

test('XDP_NUMA_NODE decides where the buffers are', () => {
  expect(laneOptions(xdp({ XDP_NUMA_NODE: '1' }), machine)[0].numaNode).toBe(1);
  expect(laneOptions(xdp({}), { ...machine, numaNode: null })[0].numaNode).toBeNull();
});

test('a queue that is not there is refused by name', () => {
  expect(() => laneOptions(xdp({ XDP_QUEUES: '0,4' }), machine)).toThrow(
    expect.objectContaining({
      code: 'mode_unavailable',
      message: expect.stringMatching(/XDP_INTERFACE=eth1: XDP_QUEUES: there is no RX queue 4/),
    }),
  );
});
