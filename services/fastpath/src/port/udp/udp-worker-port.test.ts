import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { createCounters, readTotals } from '../../engine/counters.ts';
import { Engine } from '../../engine/engine.ts';
import { FlowTable } from '../../engine/flow-table.ts';
import { RuleBook } from '../../engine/rule-book.ts';
import { SlabRuleCounters } from '../../engine/rule-counters.ts';
import { createBuckets } from '../../engine/token-bucket.ts';
import { Reflector } from '../../handlers/reflector.ts';
import { createSlotGauge, readSlotGauge } from '../slot-pool.ts';
import { claimPort } from './claim-port.ts';
import type { LocalAddress } from './local-addresses.ts';
import { UdpWorkerPort } from './udp-worker-port.ts';

const LOOPBACK: LocalAddress = { address: '127.0.0.1', family: 4 };
const close: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of close.splice(0).reverse()) await step();
});

async function start(slots: number) {
  const counters = createCounters(2);
  const buckets = createBuckets(2);
  const { current: rules } = new RuleBook({
    maxRules: 1,
    counters: new SlabRuleCounters([counters]),
    buckets,
  });
  const options = { counters, buckets, rules, flows: new FlowTable(1_024, 60_000), handler: new Reflector() };
  const engine = new Engine({ ...options, burstCapacity: 64, onHandlerError: () => {} });
  const gauge = createSlotGauge();
  const workerPort = new UdpWorkerPort(engine, gauge, { slots, burst: 64 });
  close.push(() => workerPort.stop());
  const { port } = await claimPort([LOOPBACK], 0);
  expect(await workerPort.receive({ port, shared: false, bind: [LOOPBACK], release: [] })).toEqual({
    failed: [],
  });
  return { workerPort, port, totals: () => readTotals(counters), gauge: () => readSlotGauge(gauge) };
}

test('a full slot pool drops and counts, to the packet', async () => {
  const { port, totals, gauge } = await start(4);
  const socket = createSocket('udp4');
  close.push(() => socket.close());
  // All are in the receive queue before this thread, which is also the worker here, reads the first.
  for (let i = 0; i < 100; i++) socket.send('x', port, '127.0.0.1');
  await expect.poll(() => totals().rxPackets).toBe(100);
  await expect.poll(() => gauge().used).toBe(0);
  const { txPackets, drops } = totals();
  expect(drops.no_slot).toBeGreaterThan(0);
  expect(txPackets + drops.no_slot).toBe(100);
  expect(gauge()).toMatchObject({ slots: 4, peak: 4 });
});

test('replies to peers that have gone do no harm', async () => {
  const { port, totals } = await start(16);
  for (let i = 0; i < 10; i++) {
    const gone = createSocket('udp4');
    await new Promise<void>((resolve) => gone.send('x', port, '127.0.0.1', () => gone.close(resolve)));
  }
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  close.push(() => socket.close());
  await once(socket, 'listening');
  socket.send('x', port, '127.0.0.1');
  const [reply] = await once(socket, 'message');
  expect(String(reply)).toBe('x');
  expect(totals()).toMatchObject({ rxPackets: 11, txPackets: 11 });
});

test('reports what it cannot bind, stops twice, and frees the port', async () => {
  const { workerPort, port } = await start(4);
  const nowhere: LocalAddress = { address: '203.0.113.9', family: 4 };
  const reply = await workerPort.receive({ port, shared: false, bind: [nowhere], release: [] });
  expect(reply).toEqual({ failed: [{ address: nowhere.address, code: 'EADDRNOTAVAIL' }] });
  await Promise.all([workerPort.stop(), workerPort.stop()]);
  expect(await claimPort([LOOPBACK], port)).toMatchObject({ port });
});
