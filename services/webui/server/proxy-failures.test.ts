import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { eventually, metric, openRaw, send, sendRaw, startUpstream, startWebui } from './testing/harness.ts';

function expectProblem(
  reply: { status: number; headers: object; text: string },
  status: number,
  code: string,
) {
  expect(reply).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } });
  const problem = JSON.parse(reply.text);
  expect(problem).toMatchObject({ status, code, type: 'about:blank' });
  expect(reply.headers).toMatchObject({ 'x-request-id': problem.request_id });
}

test('an API that is down gives 502, and works as soon as it is back', async () => {
  const first = await startUpstream((_req, res) => void res.end('one'));
  const webui = await startWebui(first.url);
  expect((await send(webui.url, '/api/x')).text).toBe('one');
  await first.close();
  const reply = await send(webui.url, '/api/x', { method: 'POST', body: '{}' });
  expectProblem(reply, 502, 'upstream_unavailable');
  expect(reply.headers['retry-after']).toBe('2');
  expect(reply.headers['cache-control']).toBe('no-store');
  await startUpstream((_req, res) => void res.end('two'), Number(new URL(first.url).port));
  expect((await send(webui.url, '/api/x')).text).toBe('two');
  expect(await metric(webui, 'proxy_upstream_errors_total{reason="connect"}')).toBe(1);
  expect(webui.logLines.join('')).toContain('ECONNREFUSED');
});

test('a connection that nobody uses is closed from here, before an API that stops closes it', async () => {
  const upstream = await startUpstream((_req, res) => void res.end('ok'));
  const connections: net.Socket[] = [];
  upstream.server.on('connection', (connection: net.Socket) => connections.push(connection));
  const webui = await startWebui(upstream.url, { limits: { upstreamFreeMs: 50 } });
  await send(webui.url, '/api/x', { method: 'POST', body: '{}' });
  await once(connections[0]!, 'end');
  expect((await send(webui.url, '/api/x', { method: 'POST', body: '{}' })).status).toBe(200);
  expect(connections).toHaveLength(2);
});

test('an answer may take longer than a connection may be unused', async () => {
  const upstream = await startUpstream((_req, res) => {
    res.write('one, ');
    setTimeout(() => res.end('two'), 200);
  });
  const webui = await startWebui(upstream.url, { limits: { upstreamFreeMs: 50 } });
  for (let i = 0; i < 2; i++) expect((await send(webui.url, '/api/x')).text).toBe('one, two');
});

test('a name that does not resolve gives 502', async () => {
  const webui = await startWebui('http://api.invalid:5000');
  expectProblem(await send(webui.url, '/api/x'), 502, 'upstream_unavailable');
});

test('an API that dies before it answers gives 502', async () => {
  const upstream = await startUpstream((req) => req.socket.destroy());
  const webui = await startWebui(upstream.url);
  expectProblem(await send(webui.url, '/api/x'), 502, 'upstream_unavailable');
  const post = await send(webui.url, '/api/x', { method: 'POST', body: 'x'.repeat(100_000) });
  expectProblem(post, 502, 'upstream_unavailable');
  expect(await metric(webui, 'proxy_upstream_errors_total{reason="reset"}')).toBe(2);
});

test.each([
  ['chunked', {}],
  ['sized', { 'Content-Length': 1000 }],
])(
  'an API that dies in the middle of a %s answer: the client sees it break, never a clean end',
  async (_, headers) => {
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(200, headers).write('the first half', () => res.socket?.destroy());
    });
    const webui = await startWebui(upstream.url);
    await expect(send(webui.url, '/api/x')).rejects.toMatchObject({ code: 'ECONNRESET' });
    const raw = await sendRaw(webui.port, 'GET /api/x HTTP/1.1\r\nHost: h\r\n\r\n');
    expect(raw).toContain('the first half');
    expect(raw.endsWith('0\r\n\r\n')).toBe(false);
    expect(await metric(webui, 'proxy_upstream_errors_total{reason="aborted"}')).toBe(2);
  },
);

test('an event stream whose API dies breaks too, so that the browser reconnects', async () => {
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    res.write('data: 1\n\n', () => res.socket?.destroy());
  });
  const webui = await startWebui(upstream.url);
  await expect(send(webui.url, '/api/x')).rejects.toMatchObject({ code: 'ECONNRESET' });
  await eventually('it is counted off', async () => (await metric(webui, 'proxy_open_streams')) === 0);
});

test('an API that accepts and never answers gives 504', async () => {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const upstream = await startUpstream((_req, res) => void res.once('close', resolve));
  const webui = await startWebui(upstream.url, { limits: { upstreamIdleMs: 500 } });
  const reply = await send(webui.url, '/api/x');
  expectProblem(reply, 504, 'upstream_timeout');
  expect(reply.headers['retry-after']).toBe('2');
  await aborted;
  expect(await metric(webui, 'proxy_upstream_errors_total{reason="timeout"}')).toBe(1);
});

test('the time limit is for the beginning of an answer, not for its length', async () => {
  const upstream = await startUpstream((_req, res) => {
    res.write('begun ');
    setTimeout(() => res.end('ended'), 1_500);
  });
  const webui = await startWebui(upstream.url, { limits: { upstreamIdleMs: 500 } });
  expect((await send(webui.url, '/api/x')).text).toBe('begun ended');
});

test('an API whose machine takes no connections gives 504', async () => {
  const port = await startDeafListener();
  const webui = await startWebui(`http://127.0.0.1:${port}`, { limits: { upstreamConnectMs: 300 } });
  expectProblem(await send(webui.url, '/api/x'), 504, 'upstream_timeout');
});

/** A thread that listens and then sleeps: with its queue full, the kernel lets further connections hang. */
async function startDeafListener(): Promise<number> {
  const source = `
    const { parentPort } = require('node:worker_threads');
    const server = require('node:net').createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000));
    });`;
  const worker = new Worker(source, { eval: true });
  onTestFinished(async () => void (await worker.terminate()));
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  let connected = 0;
  const fillers = Array.from({ length: 8 }, () => openRaw(port).on('connect', () => (connected += 1)));
  await eventually('its queue is full', () => connected >= 2);
  expect(connected).toBeLessThan(fillers.length);
  return port;
}

test.each(['SSH-2.0-OpenSSH_9.9\r\n', 'HTTP/1.1 200 OK\r\nX-A: \x01\r\nContent-Length: 0\r\n\r\n'])(
  'an answer that is not HTTP gives 502: %j',
  async (answer) => {
    const server = net.createServer((socket) => void socket.on('error', () => {}).end(answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const webui = await startWebui(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expectProblem(await send(webui.url, '/api/x'), 502, 'upstream_unavailable');
    expect(await metric(webui, 'proxy_upstream_errors_total{reason="protocol"}')).toBe(1);
  },
);

test('an answer with too big headers gives 502', async () => {
  const upstream = await startUpstream((_req, res) => void res.setHeader('X-Big', 'b'.repeat(20_000)).end());
  const webui = await startWebui(upstream.url);
  expectProblem(await send(webui.url, '/api/x'), 502, 'upstream_unavailable');
});

test('an idle connection that the API closes just as it is reused: a read is repeated, a write is not', async () => {
  const served = new WeakMap<net.Socket, number>();
  const methods: string[] = [];
  const upstream = await startUpstream((req, res) => {
    const count = (served.get(req.socket) ?? 0) + 1;
    served.set(req.socket, count);
    methods.push(req.method!);
    if (count > 1) req.socket.destroy();
    else res.end('ok');
  });
  const { url } = await startWebui(upstream.url);
  expect((await send(url, '/api/x')).status).toBe(200);
  expect((await send(url, '/api/x')).status).toBe(200);
  expect((await send(url, '/api/x', { method: 'POST' })).status).toBe(502);
  expect((await send(url, '/api/x')).status).toBe(200);
  // A body is gone once it has been sent.
  expect((await send(url, '/api/x', { headers: { 'Content-Length': 1 }, body: 'x' })).status).toBe(502);
  expect(methods).toEqual(['GET', 'GET', 'GET', 'POST', 'GET', 'GET']);
});

test('an early refusal of an upload reaches the client', async () => {
  const upstream = await startUpstream((_req, res) => void res.writeHead(413).end('too large'));
  const webui = await startWebui(upstream.url);
  const { hostname, port } = new URL(webui.url);
  const request = http.request({ hostname, port, path: '/api/x', method: 'POST', agent: false });
  request.on('error', () => {});
  request.setHeader('Content-Length', 50_000_000);
  request.write('x');
  const response = await new Promise<IncomingMessage>((resolve) => request.once('response', resolve));
  expect(response.statusCode).toBe(413);
  expect(Buffer.concat(await response.toArray()).toString()).toBe('too large');
  request.destroy();
  await eventually('none is open', async () => (await metric(webui, 'proxy_open_requests')) === 0);
});
