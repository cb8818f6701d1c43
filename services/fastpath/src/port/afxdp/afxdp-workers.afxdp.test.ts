import { afterEach, beforeEach, expect, test } from 'vitest';
import { receivedDrops } from '../../engine/counters.ts';
import { snapshot } from '../../plane/stats.ts';
import { createAfxdpPlane } from '../../testing/afxdp-plane.ts';
import { FrameSender } from '../../testing/frame-sender.ts';
import { udpFrame } from '../../testing/frames.ts';
import { PeerSenders } from '../../testing/peer-sender.ts';
import { fromPort, rule } from '../../testing/rules.ts';
import { createVethPair, ip, needNamespace, xdpMode } from '../../testing/veth.ts';

const FRAGILE = new URL('../../testing/handlers/fragile-handler.ts', import.meta.url);
const [CRASH, HANG, THROW, CONSUME, ECHO, STALL] = [1, 2, 3, 4, 5, 6];
const WAIT = { interval: 20 };

const close: (() => unknown)[] = [];
beforeEach(needNamespace);
afterEach(async () => {
  for (const step of close.splice(0).reverse()) await step();
});

async function start(queues: number, env: Record<string, string> = {}) {
  const pair = createVethPair(queues);
  close.push(() => pair.close());
  const senders = new PeerSenders(pair);
  close.push(() => senders.close());
  const { plane, dataPort } = await createAfxdpPlane(pair, env, FRAGILE);
  await plane.start();
  close.push(() => plane.stop());
  const totals = () => snapshot(plane).total;
  return { pair, senders, plane, dataPort, totals };
}

test('packets that the handler consumes or throws at are counted, and the worker lives', async () => {
  const { plane, senders, dataPort, totals } = await start(1);
  const sender = await senders.open(4, dataPort);
  for (const order of [CONSUME, CONSUME, THROW, ECHO]) {
    const before = totals().rxPackets;
    await sender.send(Uint8Array.of(order)); // one burst each
    await expect.poll(() => totals().rxPackets, WAIT).toBe(before + 1);
  }
  await expect
    .poll(totals, WAIT)
    .toMatchObject({ rxPackets: 4, txPackets: 1, consumedPackets: 2, drops: { handler_error: 1 } });
  expect(totals()).toMatchObject({ rxBytes: 4 * 29, txBytes: 29 });
  expect(totals().handlerNs).toBeGreaterThan(0);
  expect(plane.workers[0].thread.restarts).toBe(0);
});

test('a worker that crashes is replaced, and no packet that waits in its queue is lost', async () => {
  const { plane, senders, dataPort, totals } = await start(1);
  const [dropped, passed] = [await senders.open(4, dataPort), await senders.open(6, dataPort)];
  await plane.apply({ source_id: 'crash', revision: 1 }, () => [rule(fromPort(dropped.port))]);
  await passed.send(Uint8Array.of(CRASH));
  // The rules go on in the kernel, whoever is there to take what they let through.
  for (let i = 0; i < 200; i++) {
    await passed.send(Uint8Array.of(ECHO));
    await dropped.send(Uint8Array.of(ECHO));
  }
  await expect.poll(() => totals().txPackets + totals().drops.worker_lost, WAIT).toBe(201); // what it had in hand when it died is lost with it, and nothing else
  const after = totals();
  expect(after).toMatchObject({ rxPackets: 401, drops: { rule: 200, socket_buffer: 0 } });
  await expect.poll(() => passed.received.length, WAIT).toBe(after.txPackets);
  expect(plane.workers[0].thread.restarts).toBe(1);
  expect(dropped.received).toHaveLength(0);
});

test('a worker that hangs is replaced; what it had in hand is counted as lost with it', async () => {
  const { plane, senders, dataPort, totals } = await start(1);
  const sender = await senders.open(4, dataPort);
  await sender.send(Uint8Array.of(HANG));
  await expect.poll(() => totals().rxPackets, WAIT).toBe(1);
  const silenced = await senders.open(4, dataPort);
  await plane.apply({ source_id: 'hang', revision: 1 }, () => [rule(fromPort(silenced.port))]);
  await silenced.send(Uint8Array.of(ECHO));
  await sender.send(Uint8Array.of(ECHO));
  await expect.poll(() => sender.received.length, WAIT).toBe(1);
  const after = totals();
  expect(after).toMatchObject({ rxPackets: 3, txPackets: 1, drops: { rule: 1, worker_lost: 1 } });
  expect(after.rxPackets).toBe(after.txPackets + receivedDrops(after));
});

test('stop answers all that waits in the queue, and what comes later is nobody’s', async () => {
  const { pair, plane, dataPort, totals } = await start(1);
  const sender = new FrameSender(pair);
  close.push(() => sender.close());
  const frame = (order: number) =>
    udpFrame(pair, { family: 4, srcPort: 9, dstPort: dataPort, payload: Uint8Array.of(order) });
  await sender.send([frame(STALL)]);
  await expect.poll(() => totals().rxPackets, WAIT).toBe(1);
  await sender.send([frame(ECHO)], 500);
  const stopping = plane.stop();
  expect(xdpMode(pair.here.interface)).toBeNull();
  await sender.send([frame(ECHO)], 10);
  await stopping;
  expect(totals()).toMatchObject({ rxPackets: 501, txPackets: 501, drops: { socket_buffer: 0 } });
});

test('an interface that vanishes keeps nobody from stopping', async () => {
  const { pair, plane } = await start(1);
  ip('link', 'del', pair.here.interface);
  await expect.poll(() => plane.port.addresses(), WAIT).toEqual([]);
  await plane.stop();
});

test('queues that are not served are counted as such', async () => {
  const { pair, plane, dataPort, totals } = await start(2, { XDP_QUEUES: '1' });
  expect(plane.workers).toHaveLength(1);
  const sender = new FrameSender(pair); // by both queues in turn
  close.push(() => sender.close());
  const frame = { family: 4, srcPort: 9, dstPort: dataPort, payload: Uint8Array.of(ECHO) } as const;
  await sender.send([udpFrame(pair, frame)], 40);
  await expect.poll(totals, WAIT).toMatchObject({ rxPackets: 40, txPackets: 20, drops: { no_socket: 20 } });
});

test.each<Record<string, string>>([
  { XDP_BUSY_POLL_US: '20' },
  { XDP_ZERO_COPY: 'off', XDP_HUGEPAGES: 'off', XDP_NUMA_NODE: '0' },
  { XDP_COALESCE_US: '0' },
  { XDP_COALESCE_US: '1000' },
  { XDP_BURST: '1', XDP_RING_SIZE: '64', XDP_SLOTS: '128' },
])('serves with %j', async (env) => {
  const { senders, dataPort, totals } = await start(1, env);
  const sender = await senders.open(4, dataPort);
  for (let i = 0; i < 100; i++) {
    await sender.send(Uint8Array.of(ECHO));
    await expect.poll(() => sender.received.length, WAIT).toBe(i + 1);
  }
  await expect.poll(totals, WAIT).toMatchObject({ rxPackets: 100, txPackets: 100 });
});

test('addresses that come and go', async () => {
  const { pair, plane, senders, dataPort } = await start(1);
  const { here, peer } = pair;
  const listed = () => plane.port.addresses();
  ip('addr', 'add', '10.99.0.1/24', 'dev', here.interface);
  await expect.poll(listed, WAIT).toContain(`10.99.0.1:${dataPort}`);
  ip('-n', pair.namespace, 'addr', 'add', '10.99.0.2/24', 'dev', peer.interface);
  const sender = await senders.open(4, dataPort, { from: '10.99.0.2', to: '10.99.0.1' });
  await sender.send(Uint8Array.of(ECHO));
  await expect.poll(() => sender.received.length, WAIT).toBe(1);
  ip('addr', 'del', '10.99.0.1/24', 'dev', here.interface);
  await expect.poll(listed, WAIT).not.toContain(`10.99.0.1:${dataPort}`);
  const before = snapshot(plane).ignoredPackets;
  await sender.send(Uint8Array.of(ECHO));
  await expect.poll(() => snapshot(plane).ignoredPackets, WAIT).toBeGreaterThan(before);
  expect(snapshot(plane).total.rxPackets).toBe(1);
});

test('DATA_HOST names the only addresses that are served', async () => {
  const pair = createVethPair(1);
  close.push(() => pair.close());
  await expect(createAfxdpPlane(pair, { DATA_HOST: '203.0.113.9' })).rejects.toMatchObject({
    code: 'start_failed',
    message: expect.stringContaining('DATA_HOST: 203.0.113.9'),
  });
  const { plane, dataPort } = await createAfxdpPlane(pair, { DATA_HOST: pair.here.ipv6 });
  close.push(() => plane.stop());
  expect(plane.port.addresses()).toEqual([`[${pair.here.ipv6}]:${dataPort}`]);
});
