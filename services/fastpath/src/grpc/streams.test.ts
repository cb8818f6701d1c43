import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { snapshot } from '../plane/stats.ts';
import { ruleMessage } from '../testing/rule-messages.ts';
import { startTestServer, type TestServer, withToken } from '../testing/test-server.ts';
import { openUdpSender } from '../testing/udp-sender.ts';
import { callUnary } from '../testing/unary-call.ts';
import { openUnhurriedReader } from '../testing/unhurried-reader.ts';
import type { CapturedPacket__Output } from './gen/fastpath/v1/CapturedPacket.ts';
import type { ClassifyResponse__Output } from './gen/fastpath/v1/ClassifyResponse.ts';
import type { FastPathClient } from './gen/fastpath/v1/FastPath.ts';
import type { Stats__Output } from './gen/fastpath/v1/Stats.ts';
import { loadDefinition } from './service-definition.ts';

// What is held counts, not what waits for the collector.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let server: TestServer;
let client: FastPathClient;

beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
});
afterAll(() => server.close());

test('WatchStats sends one snapshot at once and then one each interval', async () => {
  const stream = client.WatchStats({ interval_ms: 100 }, withToken());
  const snapshots: Stats__Output[] = [];
  for await (const stats of stream) {
    snapshots.push(stats as Stats__Output);
    if (snapshots.length === 3) break;
  }
  expect(snapshots.map(({ workers }) => workers.length)).toEqual([2, 2, 2]);
  expect(snapshots[2].time_ms - snapshots[0].time_ms).toBeGreaterThanOrEqual(150);
});

test('WatchStats refuses an interval out of range', async () => {
  const stream = client.WatchStats({ interval_ms: 99 }, withToken());
  const [error] = (await once(stream, 'error')) as [ServiceError];
  expect(error).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringContaining('interval_ms'),
  });
});

test('ClassifyStream answers in order, and ends when the caller does', async () => {
  const stream = client.ClassifyStream(withToken());
  const answers: ClassifyResponse__Output[] = [];
  stream.on('data', (answer) => answers.push(answer));
  const flow = { src_addr: '10.0.0.1', dst_addr: '10.0.0.2', protocol: 17 };
  for (let flows = 1; flows <= 50; flows++) stream.write({ flows: Array(flows).fill(flow) });
  stream.end();
  await once(stream, 'end');
  expect(answers.map(({ verdicts }) => verdicts.length)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
});

test('ClassifyStream says what is wrong', async () => {
  const stream = client.ClassifyStream(withToken());
  stream.on('data', () => {});
  stream.write({ flows: [{ src_addr: 'x', dst_addr: '10.0.0.2', protocol: 17 }] });
  const [error] = (await once(stream, 'error')) as [ServiceError];
  expect(error).toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringContaining('flows[0].src_addr'),
  });
});

test('Capture sends what passes the filter, dropped packets too, up to its limit', async () => {
  const [wanted, other] = [await openUdpSender(4, server.dataPort), await openUdpSender(4, server.dataPort)];
  const drop = ruleMessage({ src_ports: { min: wanted.port, max: wanted.port } });
  await callUnary(client, 'ApplyRules', { version: { source_id: 'capture', revision: 1 }, rules: [drop] });
  const request = {
    filter: { port: wanted.port, rule_id: drop.id, dropped_only: true },
    snap_length: 64,
    max_packets: 5,
  };
  const stream = client.Capture(request, withToken());
  const packets: CapturedPacket__Output[] = [];
  stream.on('data', (packet) => packets.push(packet));
  await once(stream, 'metadata'); // armed: nothing is missed from here on
  for (let i = 0; i < 10; i++) {
    await other.send(new Uint8Array(300));
    await wanted.send(new Uint8Array(300).fill(i));
  }
  await once(stream, 'end');
  expect(packets).toHaveLength(5);
  for (const [index, packet] of packets.entries()) {
    expect(packet).toMatchObject({
      dropped: true,
      original_length: 328,
      lost_packets: 0,
      verdict: { action: 'ACTION_DROP', rule_id: drop.id },
    });
    expect(packet.data).toHaveLength(64);
    expect(packet.data[28]).toBe(index);
    expect(Math.abs(packet.time_us / 1000 - Date.now())).toBeLessThan(20_000);
  }
  expect(server.context.captures.active).toBe(0);
  await Promise.all([wanted.close(), other.close()]);
});

test('Capture ends after its time, and when the caller cancels', async () => {
  const timed = client.Capture({ max_duration_ms: 50 }, withToken());
  timed.resume();
  await once(timed, 'end');
  const cancelled = client.Capture({ max_duration_ms: 300_000 }, withToken());
  cancelled.on('error', () => {});
  await once(cancelled, 'metadata');
  expect(server.context.captures.active).toBe(1);
  cancelled.cancel();
  await expect.poll(() => server.context.captures.active).toBe(0);
});

test('Capture refuses one too many, and bad limits by name', async () => {
  const streams = Array.from({ length: 5 }, () => client.Capture({ max_duration_ms: 300_000 }, withToken()));
  const ends = streams.map((stream) => new Promise<ServiceError>((resolve) => stream.on('error', resolve)));
  const refused = await Promise.race(ends);
  expect(refused).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  for (const stream of streams) stream.cancel();
  await expect.poll(() => server.context.captures.active).toBe(0);
  for (const [field, request] of Object.entries({
    snap_length: { snap_length: 63 },
    max_packets: { max_packets: 100_001 },
    max_duration_ms: { max_duration_ms: 300_001 },
    'filter.host_cidr': { filter: { host_cidr: 'x' } },
    'filter.port': { filter: { port: 65_536 } },
  })) {
    const [error] = (await once(client.Capture(request, withToken()), 'error')) as [ServiceError];
    expect(error).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining(`${field}:`),
    });
  }
});

test('a capture reader that does not read makes packets lost, counted, and nothing grows', async () => {
  const sender = await openUdpSender(4, server.dataPort);
  const drop = ruleMessage({ src_ports: { min: sender.port, max: sender.port } }); // replies would fill this process
  await callUnary(client, 'ApplyRules', { version: { source_id: 'slow', revision: 1 }, rules: [drop] });
  const reader = await openUnhurriedReader(
    server.listen.grpc,
    loadDefinition().types.fastpath.v1.FastPath.service.Capture,
    String(withToken().get('authorization')[0]),
    { filter: { port: sender.port }, max_packets: 100_000, max_duration_ms: 300_000 },
  );
  collectGarbage();
  const held = () => process.memoryUsage().arrayBuffers;
  const before = held();
  const rxPackets = () => snapshot(server.context.plane).total.rxPackets;
  const rxBefore = rxPackets();
  // 64 MB, several times what ring, batch in hand and HTTP/2 windows hold together. A few packets at a time, so
  // that the kernel drops none.
  const payload = new Uint8Array(16 * 1024);
  const packets = 4_000;
  for (let i = 1; i <= packets; i++) {
    await sender.send(payload);
    if (i % 8 === 0) await expect.poll(() => rxPackets() - rxBefore, { interval: 1 }).toBe(i);
  }
  collectGarbage();
  expect(held() - before, 'half of it would have to be kept').toBeLessThan((packets * payload.length) / 2);
  const more = setInterval(() => sender.send(new Uint8Array(1)), 20);
  let lost = 0;
  for await (const { lost_packets } of reader.messages()) {
    lost = lost_packets;
    if (lost > 0) break;
  }
  clearInterval(more);
  expect(lost).toBeGreaterThan(0);
  reader.close();
  await expect.poll(() => server.context.captures.active).toBe(0);
  await sender.close();
});
