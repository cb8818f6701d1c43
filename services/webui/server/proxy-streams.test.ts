import { createHash, randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { eventually, metric, openRaw, send, settled, startUpstream, startWebui } from './testing/harness.ts';

const MIB = 1024 * 1024;
/** More than the kernel's socket buffers of both hops could swallow. */
const FLOOD = 128 * MIB;

/** Opens a GET and returns the response as soon as its headers are here. */
async function open(url: string, path: string): Promise<IncomingMessage> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = http.get({ hostname, port, path, agent: false }, resolve).on('error', reject);
  onTestFinished(() => void request.destroy());
  return promise;
}

/** Writes zeros with respect for backpressure until `size` bytes are out; `written` tells how far it came. */
function flood(res: ServerResponse, size: number): { written: () => number } {
  const chunk = Buffer.alloc(64 * 1024);
  let written = 0;
  const pump = () => {
    while (written < size) {
      written += chunk.length;
      if (!res.write(chunk)) return void res.once('drain', pump);
    }
    res.end();
  };
  pump();
  return { written: () => written };
}

test('server-sent events arrive one by one, and the headers before the first', async () => {
  const { promise: streaming, resolve } = Promise.withResolvers<ServerResponse>();
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }).flushHeaders();
    resolve(res);
  });
  const webui = await startWebui(upstream.url);
  const response = await open(webui.url, '/api/v1/fastpath/stats/stream');
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
  });
  expect(await metric(webui, 'proxy_open_streams')).toBe(1);
  const api = await streaming;
  const events = response[Symbol.asyncIterator]();
  for (const id of [1, 2, 3]) {
    const event = `id: ${id}\nevent: stats\ndata: {"n":${id}}\n\n`;
    api.write(event);
    // The next is only written once this one is here: nothing buffers.
    expect(String((await events.next()).value)).toBe(event);
  }
  api.end();
  expect((await events.next()).done).toBe(true);
  await eventually(
    'the stream is counted off',
    async () => (await metric(webui, 'proxy_open_streams')) === 0,
  );
  const { text } = await send(webui.metricsUrl, '/metrics');
  expect(text).not.toMatch(/http_request_duration_seconds_count\{[^}]*route="api"/);
});

test('10 MB come down whole', async () => {
  const content = randomBytes(10 * MIB);
  const upstream = await startUpstream((_req, res) => void res.end(content));
  const { url } = await startWebui(upstream.url);
  const { body } = await send(url, '/api/v1/captures');
  expect(sha256(body)).toBe(sha256(content));
});

test.each([{ 'Content-Length': 10 * MIB }, { 'Transfer-Encoding': 'chunked' }])(
  '10 MB go up whole: %o',
  async (headers) => {
    const content = randomBytes(10 * MIB);
    const upstream = await startUpstream(async (req, res) => {
      res.end(sha256(Buffer.concat(await req.toArray())));
    });
    const { url } = await startWebui(upstream.url);
    expect((await send(url, '/api/x', { method: 'PUT', headers, body: content })).text).toBe(sha256(content));
  },
);

test('a client that reads slowly slows the API down instead of filling memory', async () => {
  const { promise: flooding, resolve } = Promise.withResolvers<{ written: () => number }>();
  const upstream = await startUpstream((_req, res) => resolve(flood(res, FLOOD)));
  const { url } = await startWebui(upstream.url);
  const before = process.memoryUsage.rss();
  const response = await open(url, '/api/x');
  const { written } = await flooding;
  const held = await settled(written);
  expect(held).toBeLessThan(FLOOD / 4);
  let received = 0;
  for await (const chunk of response) received += chunk.length;
  expect(received).toBe(FLOOD);
  expect(process.memoryUsage.rss() - before).toBeLessThan(FLOOD * 0.75);
});

test('an API that reads slowly slows the client down', async () => {
  const { promise: arrived, resolve } = Promise.withResolvers<[IncomingMessage, ServerResponse]>();
  const upstream = await startUpstream((req, res) => resolve([req, res]));
  const { url } = await startWebui(upstream.url);
  const { hostname, port } = new URL(url);
  const request = http.request({ hostname, port, path: '/api/x', method: 'POST', agent: false });
  const answered = new Promise<IncomingMessage>((done) => request.once('response', done));
  const chunk = Buffer.alloc(64 * 1024);
  let written = 0;
  const pump = () => {
    while (written < FLOOD) {
      written += chunk.length;
      if (!request.write(chunk)) return void request.once('drain', pump);
    }
    request.end();
  };
  pump();
  const [req, res] = await arrived;
  expect(await settled(() => written)).toBeLessThan(FLOOD / 4);
  let received = 0;
  for await (const part of req) received += part.length;
  res.end('ok');
  expect(received).toBe(FLOOD);
  expect((await answered).statusCode).toBe(200);
});

test('a client that leaves aborts the request to the API, before and during the answer', async () => {
  const open: ServerResponse[] = [];
  const upstream = await startUpstream((req, res) => {
    open.push(res);
    if (req.url === '/api/begun') res.write('begun');
  });
  const webui = await startWebui(upstream.url);
  for (const path of ['/api/silent', '/api/begun']) {
    const socket = openRaw(webui.port);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
    await eventually('the API has it', () => open.length === 1);
    if (path === '/api/begun') await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await eventually('the API sees the abort', () => open[0]!.destroyed);
    open.length = 0;
  }
  await eventually('none is open', async () => (await metric(webui, 'proxy_open_requests')) === 0);
  // A client that leaves is no failure of the API.
  expect((await send(webui.metricsUrl, '/metrics')).text).not.toMatch(/^proxy_upstream_errors_total\{/m);
});

test('a client that leaves in the middle of an upload aborts it at the API', async () => {
  const { promise: aborted, resolve } = Promise.withResolvers<unknown>();
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
  const upstream = await startUpstream((req) => {
    req.on('error', resolve);
    req.once('data', () => arrive());
  });
  const { port } = await startWebui(upstream.url);
  const socket = openRaw(port);
  socket.write('POST /api/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhalf');
  await arrived;
  socket.destroy();
  expect(await aborted).toMatchObject({ code: 'ECONNRESET' });
});

test('a client that reads nothing is cut off; quiet event streams and slow APIs are not', async () => {
  const limits = { paceWindowMs: 300, idleTimeoutMs: 500 };
  const { promise: streaming, resolve: stream } = Promise.withResolvers<ServerResponse>();
  const { promise: pondering, resolve: ponder } = Promise.withResolvers<ServerResponse>();
  const { promise: cut, resolve } = Promise.withResolvers<void>();
  const upstream = await startUpstream((req, res) => {
    if (req.url === '/api/flood') {
      flood(res, FLOOD);
      res.once('close', resolve);
    } else if (req.url === '/api/ponder') {
      ponder(res);
    } else {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      stream(res);
    }
  });
  const webui = await startWebui(upstream.url, { limits });
  const events = (await open(webui.url, '/api/events'))[Symbol.asyncIterator]();
  // Its body is not read by the API, so it cannot go on: not the client's fault.
  const slow = send(webui.url, '/api/ponder', { method: 'POST', body: Buffer.alloc(10 * MIB) });
  await pondering;
  const socket = openRaw(webui.port);
  socket.pause();
  socket.write('GET /api/flood HTTP/1.1\r\nHost: h\r\n\r\n');
  await cut;
  expect(await metric(webui, 'proxy_refused_total{reason="slow_client"}')).toBe(1);
  // Silence is what is tested here: several windows of it.
  await delay(limits.paceWindowMs * 5);
  (await streaming).write('data: still here\n\n');
  expect(String((await events.next()).value)).toBe('data: still here\n\n');
  const api = await pondering;
  api.req.resume();
  api.end('at last');
  expect((await slow).text).toBe('at last');
});

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
