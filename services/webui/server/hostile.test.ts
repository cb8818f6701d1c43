import { expect, test } from 'vitest';
import { eventually, metric, openRaw, send, sendRaw, startUpstream, startWebui } from './testing/harness.ts';

async function startSpy(limits = {}) {
  const targets: string[] = [];
  const upstream = await startUpstream((req, res) => {
    const body: Buffer[] = [];
    // Broken requests end in an error instead; only whole ones count.
    req.on('error', () => {}).on('data', (chunk) => body.push(chunk));
    req.on('end', () => {
      targets.push(`${req.method} ${req.url} ${req.headers.host} ${Buffer.concat(body)}`);
      res.end('from the API');
    });
  });
  return { ...(await startWebui(upstream.url, { limits })), targets };
}

test.each([
  ['CL and TE', 'Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX'],
  ['TE and CL', 'Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nX'],
  ['two lengths', 'Content-Length: 6\r\nContent-Length: 5\r\n\r\nabcdef'],
  ['a list of lengths', 'Content-Length: 6, 5\r\n\r\nabcdef'],
  ['a signed length', 'Content-Length: +6\r\n\r\nabcdef'],
  ['a hidden TE', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
  ['a folded header', 'X-A: b\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['TE that does not end in chunked', 'Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
  ['TE: gzip, chunked', 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  ['TE twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['TE: xchunked', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['a bare LF in the chunk size', 'Transfer-Encoding: chunked\r\n\r\n1\nZ\n0\n\n'],
  ['a bad chunk size', 'Transfer-Encoding: chunked\r\n\r\n0x1\r\nZ\r\n0\r\n\r\n'],
  ['a bare LF in a header', 'X-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a NUL in a header', 'X-A: b\0c\r\n\r\n'],
  ['two hosts', 'Host: other.example\r\n\r\n'],
])('smuggling: %s is refused and nothing after it is read as a request', async (_, rest) => {
  const { port, targets } = await startSpy();
  const smuggled = 'GET /api/smuggled HTTP/1.1\r\nHost: h\r\n\r\n';
  const reply = await sendRaw(port, `POST /api/x HTTP/1.1\r\nHost: h\r\n${rest}${smuggled}`);
  expect(reply).toMatch(/^HTTP\/1\.1 (?:400|501) /);
  expect(reply.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  // A body may begin to flow before its framing turns out broken; then the API sees it abort, not end.
  expect(targets).toEqual([]);
});

test('a missing Host header is refused', async () => {
  const { port } = await startSpy();
  expect(await sendRaw(port, 'GET /api/x HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});

test.each([
  '/api/../metrics',
  '/api/..',
  '/api/%2e%2e/metrics',
  '/api/.%2E/metrics',
  '/api/v1/..%2f..%2fmetrics',
  '/api/v1/x%5c..%5cmetrics',
  '/api/v1\\..\\..\\metrics',
  '/api/v1/..;/metrics',
  '/api/./x',
  '/../api/x',
  'api/x',
  '*',
  'http://evil.example/api/x',
  'http://user@h/api/x',
  'http://h@evil.example/api/x',
  'ftp://h/api/x',
])('the target %s is refused', async (target) => {
  const { port, targets } = await startSpy();
  const reply = await sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`);
  expect(reply).toMatch(/^HTTP\/1\.1 400 /);
  expect(targets).toEqual([]);
});

test.each(['//api/v1/x', '/API/v1/x', '/%61pi/v1/x', '/api%2fv1', '/\\api/x', '/api;x/v1', '/api\\v1'])(
  'the target %s, which others may take for /api, gets neither the API nor the app',
  async (target) => {
    const { port, targets } = await startSpy();
    const head = `GET ${target} HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\nConnection: close\r\n\r\n`;
    expect(await sendRaw(port, head)).toMatch(/^HTTP\/1\.1 404 /);
    expect(targets).toEqual([]);
  },
);

test('absolute-form is understood when it names this host; the API gets origin-form', async () => {
  const { port, targets } = await startSpy();
  const reply = await sendRaw(
    port,
    'GET http://H.example/api/x?y HTTP/1.1\r\nHost: h.example\r\nConnection: close\r\n\r\n',
  );
  expect(reply).toMatch(/^HTTP\/1\.1 200 /);
  expect(targets).toEqual(['GET /api/x?y h.example ']);
});

test.each(['169.254.169.254', 'evil.example:80', 'localhost:1', '[::1]:22'])(
  'Host: %s changes nothing about where requests go',
  async (host) => {
    const { url, targets } = await startSpy();
    const reply = await send(url, '/api/x', { headers: { Host: host } });
    expect(reply.text).toBe('from the API');
    expect(targets).toEqual([`GET /api/x ${host} `]);
  },
);

test('CONNECT, TRACE and websockets are refused, an h2c upgrade is ignored', async () => {
  const { port, targets } = await startSpy();
  expect(await sendRaw(port, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n')).toBe('');
  const trace = await sendRaw(port, 'TRACE /api/x HTTP/1.1\r\nHost: h\r\nCookie: secret\r\n\r\n');
  expect(trace).toMatch(/^HTTP\/1\.1 405 /);
  expect(trace).not.toContain('secret');
  const websocket =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n';
  const refused = await sendRaw(port, `GET /api/ws HTTP/1.1\r\nHost: h\r\n${websocket}\r\n`);
  expect(refused).toMatch(/^HTTP\/1\.1 501 /);
  expect(targets).toEqual([]);
  const h2c = 'Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
  expect(await sendRaw(port, `GET /api/x HTTP/1.1\r\nHost: h\r\n${h2c}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
});

test('bytes beyond ASCII in the target are refused', async () => {
  const { port, targets } = await startSpy();
  const reply = await sendRaw(port, 'GET /api/\xc3\xa4 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  expect(reply).toMatch(/^HTTP\/1\.1 400 /);
  expect(targets).toEqual([]);
});

test('thousands of tiny headers are refused, never thinned out: one of them may hold the framing', async () => {
  const { port, targets } = await startSpy();
  const headers = `${'a:\r\n'.repeat(3_000)}Content-Length: 4\r\nConnection: close\r\n`;
  const reply = await sendRaw(port, `DELETE /api/x HTTP/1.1\r\nHost: h\r\n${headers}\r\nbody`);
  expect(reply).toMatch(/^HTTP\/1\.1 431 /);
  expect(targets).toEqual([]);
});

test('slowloris: senders of endless headers are cut off while others are served', async () => {
  const { url, port } = await startSpy({ headersTimeoutMs: 1_500, checkIntervalMs: 50 });
  let closed = 0;
  let received = '';
  for (let i = 0; i < 100; i += 1) {
    const socket = openRaw(port);
    socket.on('data', (chunk) => (received += chunk)).on('close', () => (closed += 1));
    // Some never say a word.
    if (i % 2 === 0) socket.write('GET /api/x HTTP/1.1\r\nHost: h\r\n');
    const drip = setInterval(() => socket.writable && i % 2 === 0 && socket.write('X-A: b\r\n'), 50);
    socket.once('close', () => clearInterval(drip));
  }
  while (closed < 100) expect((await send(url, '/api/x')).status).toBe(200);
  expect(received).toContain('HTTP/1.1 408 ');
});

test.each([
  ['stops', 0],
  ['drips', 20],
])('a body that %s is cut off with 408 and blamed on the client', async (_, dripMs) => {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const upstream = await startUpstream((req) => void req.on('error', () => resolve()).resume());
  const webui = await startWebui(upstream.url, { limits: { paceWindowMs: 200, upstreamIdleMs: 5_000 } });
  const socket = openRaw(webui.port);
  let received = '';
  socket.on('data', (chunk) => (received += chunk));
  socket.write('POST /api/x HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nhalf');
  const drip = dripMs > 0 ? setInterval(() => socket.writable && socket.write('x'), dripMs) : undefined;
  await new Promise((closed) => socket.once('close', closed));
  clearInterval(drip);
  expect(received).toMatch(/^HTTP\/1\.1 408 /);
  await aborted;
  expect(await metric(webui, 'proxy_refused_total{reason="slow_client"}')).toBe(1);
  expect((await send(webui.metricsUrl, '/metrics')).text).not.toMatch(/^proxy_upstream_errors_total\{/m);
});

test('pipelined requests are answered in order', async () => {
  const { port } = await startSpy();
  const targets = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? `/api/${i}` : '/nothing'));
  const last = 'GET /api/last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
  const bytes = targets.map((target) => `GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`).join('') + last;
  const statuses = (await sendRaw(port, bytes)).match(/HTTP\/1\.1 \d+/g);
  expect(statuses).toEqual([...targets, '/api/last'].map((t) => `HTTP/1.1 ${t === '/nothing' ? 404 : 200}`));
});

test('a body that nobody wants does not hold the connection', async () => {
  const { port } = await startSpy();
  const reply = await sendRaw(port, 'POST /rules HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nx');
  expect(reply).toMatch(/^HTTP\/1\.1 405 /);
});

test('what a client sends never reaches the log but for method, path and id', async () => {
  const webui = await startSpy();
  await send(webui.url, '/api/x?token=secret-1', {
    method: 'POST',
    headers: { Authorization: 'Bearer secret-2', Cookie: 'refresh=secret-3', 'X-Request-Id': 'one' },
    body: 'secret-4',
  });
  await send(webui.url, '/healthz');
  await eventually('it is logged', () => webui.logLines.length > 0);
  expect(webui.logLines).toHaveLength(1);
  const log = webui.logLines.join('');
  expect(log).not.toContain('secret');
  expect(JSON.parse(webui.logLines[0]!)).toMatchObject({
    level: 'info',
    service: 'webui',
    req: { id: 'one', method: 'POST', url: '/api/x' },
    res: { statusCode: 200 },
  });
});
