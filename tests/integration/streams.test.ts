import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patient } from '../../scripts/processes/patience.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { createTrafficSender, type TrafficReport } from '../../scripts/traffic/traffic-sender.ts';
import { type Client, signIn, signInAdmin } from '../harness/client.ts';
import { dataTarget } from '../harness/data-target.ts';
import { ok } from '../harness/http.ts';
import { metric, readMetrics } from '../harness/metrics.ts';
import { type Packet, parsePcap } from '../harness/pcap.ts';
import { openEvents } from '../harness/sse.ts';
import type { Problem, Stats } from '../harness/types.ts';
import { untilEnforced } from '../harness/until-enforced.ts';

const PCAP = 'application/vnd.tcpdump.pcap';

describe('streams through the WebUI proxy', () => {
  let stack: Stack;
  let admin: Client;
  beforeAll(async () => {
    stack = await startStack();
    admin = (await signInAdmin(stack)).at(stack.webuiUrl);
  });
  afterAll(() => stack?.stop());

  const streamUrl = () => `${stack.webuiUrl}/api/v1/fastpath/stats/stream`;
  const bearer = (client: Client) => ({ authorization: `Bearer ${client.login.access_token}` });

  test('live statistics arrive one by one, unbuffered, and grow with the traffic', async () => {
    const stream = await openEvents(streamUrl(), bearer(admin));
    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    expect(stream.headers.get('cache-control')).toMatch(/no-(cache|store)/);
    const target = dataTarget(stack.fastpath, 4);
    const sender = await createTrafficSender({
      flows: [{ name: 'a', target, rate: 200, count: 300 }],
      settleMs: 100,
    });
    const snapshots = () =>
      stream.events
        .filter((event) => event.event === 'stats')
        .map((event) => JSON.parse(event.data) as Stats);
    await waitUntil('the first snapshot', () => snapshots().length > 0);
    const before = snapshots()[0]!.rx_packets;
    sender.start();
    const { sent } = await sender.done;
    await waitUntil('all packets on the stream', () => snapshots().at(-1)!.rx_packets - before === sent);
    expect(snapshots().length).toBeGreaterThanOrEqual(2);
    expect(new Set(stream.events.map((event) => event.id)).size, 'every event has an id of its own').toBe(
      stream.events.length,
    );
    stream.close();
  });

  test('a stream ends when its session is revoked', async () => {
    await admin.createUser('watcher@example.com', 'viewer');
    const watcher = await signIn(stack.apiUrl, 'watcher@example.com');
    const stream = await openEvents(streamUrl(), bearer(watcher));
    await waitUntil('a snapshot', () => stream.events.length > 0);
    ok(
      await watcher.send('POST', '/auth/logout', { body: { refresh_token: watcher.login.refresh_token } }),
      204,
    );
    const ended = await Promise.race([
      stream.ended.then(() => 'ended'),
      waitUntil('the end of the stream', () => false, { deadlineMs: patient(10_000) }),
    ]);
    expect(ended).toBe('ended');
    expect((await openEvents(streamUrl(), bearer(watcher))).status).toBe(401);
  });

  /** Starts a capture, waits until it really captures, sends, and reads the file. */
  async function captureWhile(
    body: { max_packets: number; [key: string]: unknown },
    send: () => Promise<TrafficReport>,
  ): Promise<{ packets: Packet[]; report: TrafficReport; headers: Headers }> {
    const reply = await fetch(`${admin.base}/api/v1/fastpath/captures`, {
      method: 'POST',
      headers: { ...bearer(admin), 'content-type': 'application/json', accept: PCAP },
      body: JSON.stringify({ max_duration_ms: 20_000, ...body }),
    });
    if (reply.status !== 200) throw new Error(`capture: ${reply.status} ${await reply.text()}`);
    const file = reply.arrayBuffer();
    const report = await send();
    return { packets: parsePcap(Buffer.from(await file)), report, headers: reply.headers };
  }

  test('a pcap holds every packet, byte for byte, those that a rule dropped included', async () => {
    const [v4, v6] = [dataTarget(stack.fastpath, 4), dataTarget(stack.fastpath, 6)];
    const sender = await createTrafficSender({
      flows: [
        { name: 'passed', target: v4, rate: 300, size: 64, count: 120 },
        { name: 'dropped', target: v4, rate: 300, size: 1_000, count: 80 },
        { name: 'six', target: v6, rate: 300, size: 333, count: 60 },
      ],
    });
    const [passed, dropped, six] = sender.report().flows;
    const ports = { src_port_min: dropped!.src_port, src_port_max: dropped!.src_port };
    const rule = await admin.createRule({
      name: 'seen in captures',
      action: 'drop',
      protocol: 'udp',
      ...ports,
    });
    await untilEnforced(admin);
    const startedUs = Date.now() * 1_000;
    const { packets, report, headers } = await captureWhile({ max_packets: 260 }, () => {
      sender.start();
      return sender.done;
    });
    expect(headers.get('content-type')).toContain(PCAP);
    expect(headers.get('content-disposition')).toMatch(/attachment; filename="?[\w.-]+\.pcap/);
    expect(report.flows[1]!.received).toBe(0);
    for (const [flow, size, version] of [
      [passed!, 64, 4],
      [dropped!, 1_000, 4],
      [six!, 333, 6],
    ] as const) {
      const own = packets.filter((packet) => packet.srcPort === flow.src_port);
      expect(own.length, flow.name).toBe(report.flows.find((each) => each.name === flow.name)!.sent);
      const target = /:(\d+)$/.exec(flow.target)![1];
      for (const [n, packet] of own.entries()) {
        const address = version === 4 ? '127.0.0.1' : '::1';
        expect(packet).toMatchObject({
          version,
          protocol: 17,
          src: address,
          dst: address,
          dstPort: Number(target),
        });
        expect(packet.payload.length).toBe(size);
        expect(packet.originalLength).toBe(packet.bytes.length);
        expect(packet.payload.readUInt32BE(0), 'in the order of sending').toBe(n);
        expect(packet.payload.subarray(4, 11).toString()).toBe('od trip');
      }
    }
    for (const packet of packets) {
      expect(packet.timeUs).toBeGreaterThan(startedUs - 1_000_000);
      expect(packet.timeUs).toBeLessThan(Date.now() * 1_000 + 1_000_000);
    }
    const { packets: only } = await captureWhile(
      { max_packets: 20, filter: { dropped_only: true }, snap_length: 64 },
      async () => {
        const target = v4;
        const again = await createTrafficSender({
          flows: [
            { name: 'dropped', target, rate: 200, size: 500, count: 20, srcPort: dropped!.src_port },
            { name: 'passed', target, rate: 200, size: 500, count: 20 },
          ],
        });
        again.start();
        return again.done;
      },
    );
    expect(only.map((packet) => packet.srcPort)).toEqual(Array(20).fill(dropped!.src_port));
    expect(only.map((packet) => [packet.bytes.length, packet.originalLength])).toEqual(
      Array(20).fill([64, 528]),
    );
    await admin.deleteRule(rule.id);
  });

  test('a capture as JSON lines says rule and verdict, and ends at its limit', async () => {
    const target = dataTarget(stack.fastpath, 4);
    const sender = await createTrafficSender({ flows: [{ name: 'a', target, rate: 300 }], settleMs: 100 });
    sender.start();
    const reply = await admin.send('POST', '/fastpath/captures', {
      body: { max_packets: 10, max_duration_ms: 20_000 },
    });
    await sender.stop();
    expect(reply.headers.get('content-type')).toContain('ndjson');
    const lines = reply.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(10);
    for (const line of lines) expect(line).toMatchObject({ dropped: false });
  });

  test('a viewer may not capture, a bad filter is named', async () => {
    const watcher = (await signIn(stack.apiUrl, 'watcher@example.com')).at(stack.webuiUrl);
    expect((await watcher.send('POST', '/fastpath/captures', { body: {} })).status).toBe(403);
    const reply = await admin.send<Problem>('POST', '/fastpath/captures', { body: { max_packets: -1 } });
    expect([400, 422]).toContain(reply.status);
    expect(reply.body.errors?.map((error) => error.path).join()).toContain('max_packets');
  });

  test('a reader that does not read stops nobody: traffic and API go on, and the capture ends by itself', async () => {
    const target = dataTarget(stack.fastpath, 4);
    const sender = await createTrafficSender({
      flows: [{ name: 'a', target, rate: 3_000, size: 1_400 }],
      settleMs: 100,
    });
    const body = JSON.stringify({ max_packets: 100_000, max_duration_ms: 4_000 });
    const headers = { ...bearer(admin), 'content-type': 'application/json', accept: PCAP };
    const capture = request(`${stack.webuiUrl}/api/v1/fastpath/captures`, {
      method: 'POST',
      headers,
      agent: false,
    });
    const closed = new Promise<void>((resolve) => capture.on('close', resolve));
    capture.on('error', () => {});
    capture.on('response', (reply) => reply.pause());
    capture.end(body);
    sender.start();
    await waitUntil('10,000 packets', () => sender.report().sent > 10_000);
    const { status } = await admin.send('GET', '/rules');
    expect(status).toBe(200);
    const report = await sender.stop();
    expect(report.received).toBe(report.sent);
    capture.destroy();
    await closed;
    const memory = metric(
      await readMetrics(`http://${stack.api.listen.metrics}`),
      'process_resident_memory_bytes',
    );
    expect(memory, 'the packets that nobody reads pile up nowhere').toBeLessThan(400_000_000);
  });
});
