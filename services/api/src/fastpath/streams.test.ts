import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CapturedPacket } from './gen/fastpath/v1/CapturedPacket.ts';
import { type LinkedApps, startLinkedApps } from './testing/linked-apps.ts';

const poll = { timeout: 120_000, interval: 10 };

let linked: LinkedApps;
let server: Server;

beforeEach(async () => {
  linked = await startLinkedApps({ fakes: 2 });
  server = createServer(linked.apps[0]!.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await linked.close();
});

const openCounts = (kind: 'watch' | 'capture') => linked.fakes.map(({ open }) => open[kind]);

/** A raw response: nothing is read of it before a test does so. */
async function ask(
  method: string,
  path: string,
  body?: object,
  headers: object = {},
  bearer = linked.admin.bearer,
) {
  const { port } = server.address() as AddressInfo;
  const sent = request({
    port,
    method,
    path: `/api/v1/fastpath${path}`,
    headers: { ...bearer, ...(body && { 'content-type': 'application/json' }), ...headers },
  });
  sent.end(body && JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** Collects what a stream says; `ended` when it is over. */
function listen(response: IncomingMessage) {
  const heard = { text: '', ended: false, cut: false };
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    heard.text += chunk;
  });
  response.on('end', () => {
    heard.ended = true;
  });
  response.on('error', () => {
    heard.cut = true;
  });
  return heard;
}

const eventsIn = (heard: string) =>
  heard
    .split('\n\n')
    .filter((block) => block.startsWith('event: stats\n'))
    .map((block) => JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? ''));

describe('statistics as server-sent events', () => {
  it('come every second, uncached and uncompressed, from one upstream stream for all readers', async () => {
    linked.fakes[0]!.stats = { rx_packets: 4 };
    linked.fakes[1]!.stats = { rx_packets: 5 };
    const responses = await Promise.all(
      [1, 2, 3].map(() => ask('GET', '/stats/stream', undefined, { 'accept-encoding': 'gzip' })),
    );
    const heard = responses.map(listen);
    expect(responses[0]!.statusCode).toBe(200);
    expect(responses[0]!.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': expect.stringContaining('no-store'),
      'x-accel-buffering': 'no',
    });
    expect(responses[0]!.headers['content-encoding']).toBeUndefined();
    await expect.poll(() => heard.every(({ text }) => eventsIn(text).length >= 3), poll).toBe(true);
    expect(eventsIn(heard[0]!.text)[0]).toMatchObject({
      rx_packets: 9,
      instances: [{ reachable: true }, { reachable: true }],
    });
    expect(heard[0]!.text).toMatch(/^id: 1$/m);
    expect(linked.fakes.map(({ watchesOpened }) => watchesOpened)).toEqual([1, 1]);

    linked.fakes[0]!.stats = { rx_packets: 40 };
    await expect.poll(() => eventsIn(heard[2]!.text).at(-1).rx_packets, poll).toBe(45);
    for (const response of responses.slice(0, 2)) response.destroy();
    await turn();
    await expect.poll(() => openCounts('watch'), poll).toEqual([1, 1]);
    responses[2]!.destroy();
    await expect.poll(() => openCounts('watch'), poll).toEqual([0, 0]);
  });

  it('show an instance that goes away, and have it back', async () => {
    linked.fakes[0]!.stats = { rx_packets: 4 };
    const heard = listen(await ask('GET', '/stats/stream'));
    await expect.poll(() => eventsIn(heard.text).length, poll).toBeGreaterThan(0);
    linked.fakes[0]!.kill();
    await expect.poll(() => eventsIn(heard.text).at(-1).rx_packets, poll).toBe(0);
    expect(
      eventsIn(heard.text)
        .at(-1)
        .instances.filter((i: { reachable: boolean }) => !i.reachable),
    ).toHaveLength(1);
    (await linked.restart(0)).stats = { rx_packets: 6 };
    await expect.poll(() => eventsIn(heard.text).at(-1).rx_packets, poll).toBe(6);
  });

  it('end by themselves when the session is over', async () => {
    const app = linked.apps[0]!;
    const viewer = await app.person('viewer');
    const heard = listen(await ask('GET', '/stats/stream', undefined, {}, viewer.bearer));
    await app.request().post('/api/v1/auth/logout').set(viewer.bearer).expect(204);
    await expect.poll(() => heard.ended, poll).toBe(true);
    await expect.poll(() => openCounts('watch'), poll).toEqual([0, 0]);
  });

  it('survive figures that make no sense', async () => {
    linked.fakes[0]!.stats = { time_ms: '9223372036854775807', rx_packets: 4 };
    linked.fakes[1]!.stats = { time_ms: 0, rx_packets: 5 };
    const heard = listen(await ask('GET', '/stats/stream'));
    await expect.poll(() => eventsIn(heard.text).length, poll).toBeGreaterThan(1);
    const { rx_packets, instances } = eventsIn(heard.text).at(-1);
    expect(rx_packets).toBe(9);
    expect(instances.map(({ time }: { time: string }) => time).toSorted()).toEqual([
      '1970-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
    ]);
  });

  it('are 20 at most for one user', async () => {
    const open = await Promise.all(Array.from({ length: 20 }, () => ask('GET', '/stats/stream')));
    expect(open.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200));
    const refused = await ask('GET', '/stats/stream');
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '5']);
    expect(JSON.parse(await text(refused)).code).toBe('too_many_streams');
    const viewer = await linked.apps[0]!.person('viewer');
    expect((await ask('GET', '/stats/stream', undefined, {}, viewer.bearer)).statusCode).toBe(200);
    open[0]!.destroy();
    await expect.poll(async () => (await ask('GET', '/stats/stream')).statusCode, poll).toBe(200);
  });

  it('end when the server drains', async () => {
    const heard = listen(await ask('GET', '/stats/stream'));
    await expect.poll(() => heard.text, poll).not.toBe('');
    linked.apps[0]!.ctx.lifecycle.drain();
    await expect.poll(() => heard.ended, poll).toBe(true);
  });
});

const IPV4 = Buffer.from('4500001c000100004011f96b0a0000010a000002', 'hex');

function packet(index: number, data = IPV4): CapturedPacket {
  return {
    time_us: 1_700_000_000_000_000 + index,
    data,
    original_length: data.length + 100,
    verdict: { action: 'ACTION_DROP', rule_id: 'r1' },
    dropped: true,
    worker: 1,
    lost_packets: 2,
  };
}

/** The format as tcpdump documents it (pcap-savefile), read without any of our code. */
function parsePcap(file: Buffer) {
  const header = {
    magic: file.readUInt32LE(0).toString(16),
    version: [file.readUInt16LE(4), file.readUInt16LE(6)],
    snapLength: file.readUInt32LE(16),
    linkType: file.readUInt32LE(20),
  };
  const packets = [];
  for (let at = 24; at < file.length; ) {
    const kept = file.readUInt32LE(at + 8);
    packets.push({
      time: BigInt(file.readUInt32LE(at)) * 1_000_000n + BigInt(file.readUInt32LE(at + 4)),
      originalLength: file.readUInt32LE(at + 12),
      data: file.subarray(at + 16, at + 16 + kept),
    });
    at += 16 + kept;
  }
  return { header, packets };
}

describe('captures', () => {
  it('are one JSON object per line, from all instances, and are audited', async () => {
    linked.fakes[0]!.packets = [packet(1), packet(2)];
    linked.fakes[1]!.packets = [packet(123_456)];
    const body = {
      filter: { host_cidr: '10.0.0.9/8', protocol: 'udp', port: 7000 },
      snap_length: 64,
      max_packets: 10,
    };
    const response = await ask('POST', '/captures', body);
    expect(response.headers['content-type']).toBe('application/x-ndjson');
    const lines = (await text(response))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(3);
    expect(lines).toContainEqual({
      time: '2023-11-14T22:13:20.123456Z',
      instance: linked.fakes[1]!.address,
      worker: 1,
      data: IPV4.toString('base64'),
      original_length: 120,
      verdict: { action: 'drop', rule_id: 'r1' },
      dropped: true,
      lost_packets: 2,
    });
    expect(linked.fakes[0]!.captures).toMatchObject([
      {
        filter: {
          host_cidr: '10.0.0.0/8',
          protocol: 'PROTOCOL_UDP',
          port: 7000,
          rule_id: '',
          dropped_only: false,
        },
        snap_length: 64,
        max_packets: 10,
        max_duration_ms: 10_000,
      },
    ]);
    const audit = await linked.apps[0]!.request()
      .get('/api/v1/audit-logs?action=fastpath.captured')
      .set(linked.admin.bearer)
      .expect(200);
    expect(audit.body.items).toMatchObject([
      { actor_email: linked.admin.email, changes: { request: { to: { snap_length: 64, max_packets: 10 } } } },
    ]);
  });

  it('are a pcap file that others can read', async () => {
    linked.fakes[0]!.packets = [packet(7), packet(8, Buffer.alloc(1500, 0x60))];
    const response = await ask('POST', '/captures', {}, { accept: 'application/vnd.tcpdump.pcap' });
    expect(response.headers['content-type']).toBe('application/vnd.tcpdump.pcap');
    expect(response.headers['content-disposition']).toMatch(
      /^attachment; filename="capture-[\dTZ-]+\.pcap"$/,
    );
    const { header, packets } = parsePcap(await buffer(response));
    expect(header).toEqual({ magic: 'a1b2c3d4', version: [2, 4], snapLength: 65_535, linkType: 101 });
    expect(packets).toEqual([
      { time: 1_700_000_000_000_007n, originalLength: 120, data: IPV4 },
      { time: 1_700_000_000_000_008n, originalLength: 1600, data: Buffer.alloc(1500, 0x60) },
    ]);
  });

  it('keep the limit of packets over all instances, and leave nothing running', async () => {
    for (const fake of linked.fakes)
      fake.packets = [...Array.from({ length: 10 }, (_, index) => packet(index)), null];
    const response = await ask('POST', '/captures', { max_packets: 15 });
    expect((await text(response)).trim().split('\n')).toHaveLength(15);
    await expect.poll(() => openCounts('capture'), poll).toEqual([0, 0]);
  });

  it('end upstream when the client hangs up', async () => {
    for (const fake of linked.fakes) fake.packets = [packet(1), null];
    const response = await ask('POST', '/captures', { max_duration_ms: 300_000 });
    await expect.poll(() => openCounts('capture'), poll).toEqual([1, 1]);
    response.destroy();
    await expect.poll(() => openCounts('capture'), poll).toEqual([0, 0]);
  });

  it('answer before the first packet', async () => {
    for (const fake of linked.fakes) fake.packets = [null];
    const response = await ask('POST', '/captures', {});
    expect(response.statusCode).toBe(200);
    response.destroy();
  });

  it('do not pile up for a client that does not read', async () => {
    // 64 MiB upstream; what may be in flight are socket buffers, HTTP/2 windows and a few packets.
    linked.fakes[0]!.packets = Array.from({ length: 1000 }, (_, index) =>
      packet(index, Buffer.alloc(64 * 1024)),
    );
    linked.fakes[1]!.packets = [];
    const before = process.memoryUsage().arrayBuffers;
    const response = await ask(
      'POST',
      '/captures',
      { max_packets: 100_000 },
      { accept: 'application/vnd.tcpdump.pcap' },
    );
    const app = linked.apps[0]!;
    await expect
      .poll(
        () =>
          app
            .request()
            .get('/healthz')
            .then(({ status }) => status),
        poll,
      )
      .toBe(200);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(150 * 1024 * 1024);
    expect(openCounts('capture')[0]).toBe(1);
    const { packets } = parsePcap(await buffer(response));
    expect(packets).toHaveLength(1000);
    expect(packets.map(({ time }) => time)).toEqual(
      packets.map((_, index) => 1_700_000_000_000_000n + BigInt(index)),
    );
  });

  it('are cut, not ended, when the session is over or the server drains', async () => {
    for (const fake of linked.fakes) fake.packets = [packet(1), null];
    const app = linked.apps[0]!;
    const maintainer = await app.person('maintainer');
    const theirs = listen(await ask('POST', '/captures', {}, {}, maintainer.bearer));
    const ours = listen(await ask('POST', '/captures', {}));
    await app.request().post('/api/v1/auth/logout').set(maintainer.bearer).expect(204);
    await expect.poll(() => theirs, poll).toMatchObject({ cut: true, ended: false });
    expect(ours).toMatchObject({ cut: false, ended: false });
    app.ctx.lifecycle.drain();
    await expect.poll(() => ours, poll).toMatchObject({ cut: true, ended: false });
  });

  it('go on with the instances that are left, and are cut when the last one fails', async () => {
    for (const fake of linked.fakes) fake.packets = [packet(1), null];
    const heard = listen(await ask('POST', '/captures', {}));
    await expect.poll(() => heard.text.split('\n').length, poll).toBe(3);
    linked.fakes[0]!.kill();
    await expect.poll(() => openCounts('capture')[0], poll).toBe(0);
    expect(heard).toMatchObject({ cut: false, ended: false });
    linked.fakes[1]!.kill();
    await expect.poll(() => heard, poll).toMatchObject({ cut: true, ended: false });
  });

  it('are two at most for one user', async () => {
    for (const fake of linked.fakes) fake.packets = [null];
    const start = (bearer = linked.admin.bearer) => ask('POST', '/captures', {}, {}, bearer);
    const [first] = [await start(), await start()];
    expect((await start()).statusCode).toBe(429);
    const maintainer = await linked.apps[0]!.person('maintainer');
    expect((await start(maintainer.bearer)).statusCode).toBe(200);
    first.destroy();
    await expect.poll(async () => (await start()).statusCode, poll).toBe(200);
  });

  it.each(['application/x-ndjson', 'application/vnd.tcpdump.pcap'])(
    'in %s go on without an instance whose packets make no sense',
    async (accept) => {
      linked.fakes[0]!.packets = [{ ...packet(1), time_us: '9223372036854775807' }, null];
      linked.fakes[1]!.packets = [packet(2)];
      const half = await ask('POST', '/captures', {}, { accept });
      expect(half.statusCode).toBe(200);
      expect((await buffer(half)).length).toBeGreaterThan(0);
      linked.fakes[1]!.packets = linked.fakes[0]!.packets;
      const none = await ask('POST', '/captures', {}, { accept });
      await expect(buffer(none), 'cut, not ended').rejects.toThrow('aborted');
      await expect.poll(() => openCounts('capture'), poll).toEqual([0, 0]);
    },
  );

  it('are refused with limits that make no sense', async () => {
    for (const [body, path] of [
      [{ snap_length: 63 }, 'snap_length'],
      [{ max_packets: 100_001 }, 'max_packets'],
      [{ max_duration_ms: 300_001 }, 'max_duration_ms'],
      [{ filter: { host_cidr: 'nonsense' } }, 'filter.host_cidr'],
      [{ filter: { port: 70_000 } }, 'filter.port'],
      [{ filtre: {} }, 'filtre'],
    ] as const) {
      const response = await ask('POST', '/captures', body);
      expect([response.statusCode, JSON.parse(await text(response)).errors[0].path]).toEqual([422, path]);
    }
    expect(linked.fakes[0]!.captures).toEqual([]);
  });

  it('are not for viewers, nor in formats that we do not write', async () => {
    const viewer = await linked.apps[0]!.person('viewer');
    expect((await ask('POST', '/captures', {}, {}, viewer.bearer)).statusCode).toBe(403);
    expect((await ask('POST', '/captures', {}, { accept: 'image/png' })).statusCode).toBe(406);
    expect(linked.fakes[0]!.captures).toEqual([]);
  });
});
