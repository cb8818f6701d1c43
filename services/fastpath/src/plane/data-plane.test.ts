import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { receivedDrops } from '../engine/counters.ts';
import { fromPort, rule } from '../testing/rules.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { openUdpSender } from '../testing/udp-sender.ts';
import { snapshot } from './stats.ts';

const FRAGILE = new URL('../testing/handlers/fragile-handler.ts', import.meta.url);
const [CRASH, HANG, THROW, CONSUME, ECHO, STALL] = [1, 2, 3, 4, 5, 6];
const WAIT = { interval: 20 };

let server: TestServer;
afterEach(() => server.close());

const start = async (workers: number) => {
  server = await startTestServer({ DATA_WORKERS: String(workers) }, FRAGILE);
  return server.context.plane;
};
const totals = () => snapshot(server.context.plane).total;
const runningAgain = () =>
  expect
    .poll(() => server.context.plane.workers.map(({ thread }) => [thread.running, thread.restarts > 0]), WAIT)
    .toEqual([[true, true]]);

/** Sends until the echo arrives, for whoever must wait for a restart. */
async function echoes(sender: Awaited<ReturnType<typeof openUdpSender>>): Promise<void> {
  const before = sender.received.length;
  await expect
    .poll(async () => {
      await sender.send(Uint8Array.of(ECHO));
      await sleep(20);
      return sender.received.length > before;
    }, WAIT)
    .toBe(true);
}

test('a worker that crashes is replaced: counters go on, rules are enforced, what it held is accounted', async () => {
  const plane = await start(1);
  const [dropped, passed] = [
    await openUdpSender(4, server.dataPort),
    await openUdpSender(4, server.dataPort),
  ];
  await plane.apply({ source_id: 'crash', revision: 1 }, () => [rule(fromPort(dropped.port))]);
  for (let i = 0; i < 10; i++) await passed.send(Uint8Array.of(ECHO));
  await expect.poll(() => totals().txPackets, WAIT).toBe(10);
  await passed.send(Uint8Array.of(CRASH));
  await runningAgain();
  expect(totals().rxPackets).toBe(11);
  await echoes(passed);
  const { drops } = totals();
  for (let i = 0; i < 5; i++) await dropped.send(Uint8Array.of(ECHO));
  await expect.poll(() => totals().drops.rule - drops.rule, WAIT).toBe(5);
  expect(dropped.received).toHaveLength(0);
  const after = totals();
  expect(after.rxPackets).toBe(after.txPackets + after.consumedPackets + receivedDrops(after));
  const metrics = await (await fetch(`http://${server.listen.http}/metrics`)).text();
  expect(metrics).toMatch(/fastpath_worker_restarts_total\{worker="0"\} 1/);
  await Promise.all([dropped.close(), passed.close()]);
});

test('traffic goes on with the others while one worker is down', async () => {
  await start(2);
  const senders = await Promise.all(Array.from({ length: 8 }, () => openUdpSender(4, server.dataPort)));
  await senders[0].send(Uint8Array.of(CRASH));
  await Promise.all(senders.map(echoes));
  await Promise.all(senders.map((sender) => sender.close()));
});

test('a worker that hangs is replaced, and ApplyRules answers all the same', async () => {
  const plane = await start(1);
  const sender = await openUdpSender(4, server.dataPort);
  await sender.send(Uint8Array.of(HANG));
  await expect.poll(() => totals().rxPackets, WAIT).toBe(1);
  const drop = rule(fromPort(sender.port));
  await plane.apply({ source_id: 'hang', revision: 1 }, () => [drop]);
  await runningAgain();
  await sender.send(Uint8Array.of(ECHO));
  await expect.poll(() => totals().drops, WAIT).toMatchObject({ rule: 1, worker_lost: 1 });
  expect(sender.received).toHaveLength(0);
  await sender.close();
});

test('packets that the handler consumes or throws at are counted, and the worker lives', async () => {
  const plane = await start(1);
  const sender = await openUdpSender(4, server.dataPort);
  for (const order of [CONSUME, CONSUME, THROW, ECHO]) {
    const before = totals().rxPackets;
    await sender.send(Uint8Array.of(order)); // one burst each
    await expect.poll(() => totals().rxPackets, WAIT).toBe(before + 1);
  }
  await expect
    .poll(totals, WAIT)
    .toMatchObject({ rxPackets: 4, txPackets: 1, consumedPackets: 2, drops: { handler_error: 1 } });
  expect(plane.workers[0].thread.restarts).toBe(0);
  await sender.close();
});

test('what the kernel drops because a worker is slow is counted, to the packet', async () => {
  await start(1);
  const sender = await openUdpSender(4, server.dataPort);
  const packets = 10_000;
  await sender.send(Uint8Array.of(STALL));
  await expect.poll(() => totals().rxPackets, WAIT).toBe(1);
  for (let i = 0; i < packets; i++) await sender.send(new Uint8Array(1_400).fill(ECHO));
  await expect.poll(() => totals().rxPackets + totals().drops.socket_buffer, WAIT).toBe(packets + 1);
  await expect.poll(() => totals().txPackets, WAIT).toBe(totals().rxPackets);
  expect(totals().drops.socket_buffer).toBeGreaterThan(0);
  await sender.close();
});

test('rules that do not compile leave those in force alone', async () => {
  const plane = await start(1);
  const [kept, twice] = [rule(), rule()];
  await plane.apply({ source_id: 'a', revision: 1 }, () => [kept]);
  await expect(plane.apply({ source_id: 'a', revision: 2 }, () => [twice, twice])).rejects.toThrow(/twice/);
  expect(plane.version).toEqual({ source_id: 'a', revision: 1 });
  expect(plane.rules.rules.map(({ id }) => id)).toEqual([kept.id]);
  await plane.apply({ source_id: 'a', revision: 2 }, () => [twice]);
  expect(plane.version.revision).toBe(2);
});
