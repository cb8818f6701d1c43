import http, { type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { eventually, metric, send, startUpstream, startWebui } from './testing/harness.ts';

/** Answers with what arrived. */
async function startEcho() {
  return startUpstream(async (req, res) => {
    const body = Buffer.concat(await req.toArray());
    const seen = { method: req.method, url: req.url, headers: req.headers, body: body.toString() };
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify(seen));
  });
}

async function startProxiedEcho() {
  const upstream = await startEcho();
  return startWebui(upstream.url);
}

// Ancestor's defect: the mount path was stripped, /api/v1/status reached the API as /v1/status.
test.each([
  '/api',
  '/api/',
  '/api?x=1',
  '/api/v1/status',
  '/api/v1/users?q=a%20b&limit=10&q=c',
  '/api/v1/users/%E2%82%AC%2Fx;v=1',
  '/api//v1///x',
  '/api/v1/%252e%252e/x',
  "/api/v1/!$&'()*+,=:@~-._",
])('the target %s reaches the API unchanged', async (path) => {
  const { url } = await startProxiedEcho();
  expect(JSON.parse((await send(url, path)).text).url).toBe(path);
});

// Ancestor's defect: a JSON body parser ran before the proxy, so every POST hung.
test('a JSON POST passes with its body and type', async () => {
  const { url } = await startProxiedEcho();
  const headers = { 'Content-Type': 'application/json; charset=utf-8' };
  const reply = await send(url, '/api/v1/auth/login', { method: 'POST', headers, body: '{"email":"ä"}' });
  expect(JSON.parse(reply.text)).toMatchObject({ method: 'POST', body: '{"email":"ä"}' });
  expect(JSON.parse(reply.text).headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'content-length': '14',
  });
});

test('an empty POST, a chunked POST and Expect: 100-continue pass', async () => {
  const { url } = await startProxiedEcho();
  const empty = await send(url, '/api/x', { method: 'POST', headers: { 'Content-Length': 0 } });
  expect(JSON.parse(empty.text)).toMatchObject({ body: '', headers: { 'content-length': '0' } });
  const chunked = await send(url, '/api/x', {
    method: 'POST',
    headers: { 'Transfer-Encoding': 'chunked' },
    body: 'in chunks',
  });
  expect(JSON.parse(chunked.text).body).toBe('in chunks');
  expect(JSON.parse(chunked.text).headers['content-length']).toBeUndefined();
  const expecting = await send(url, '/api/x', {
    method: 'POST',
    headers: { Expect: '100-continue', 'Content-Length': 2 },
    body: 'ok',
  });
  expect(JSON.parse(expecting.text).body).toBe('ok');
  // This hop has answered it.
  expect(JSON.parse(expecting.text).headers).not.toHaveProperty('expect');
});

test.each(['GET', 'DELETE', 'PATCH', 'PUT', 'OPTIONS', 'QUERY'])(
  '%s with a body passes, sized and chunked',
  async (method) => {
    const { url } = await startProxiedEcho();
    const sized = await send(url, '/api/x', { method, headers: { 'Content-Length': 4 }, body: 'body' });
    expect(JSON.parse(sized.text)).toMatchObject({ method, body: 'body' });
    const chunked = await send(url, '/api/x', {
      method,
      headers: { 'Transfer-Encoding': 'chunked' },
      body: 'body',
    });
    expect(JSON.parse(chunked.text)).toMatchObject({ method, body: 'body' });
  },
);

test('HEAD, 204 and 304 keep their headers and have no body', async () => {
  const upstream = await startUpstream((req, res) => {
    res.setHeader('ETag', '"7"');
    if (req.method === 'HEAD') res.setHeader('Content-Length', 1234).end();
    else res.writeHead(req.url === '/api/204' ? 204 : 304).end();
  });
  const { url } = await startWebui(upstream.url);
  const head = await send(url, '/api/x', { method: 'HEAD' });
  expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': '1234', etag: '"7"' } });
  expect(await send(url, '/api/204')).toMatchObject({ status: 204, text: '', headers: { etag: '"7"' } });
  const notModified = await send(url, '/api/x', { headers: { 'If-None-Match': '"7"' } });
  expect(notModified).toMatchObject({ status: 304, text: '', headers: { etag: '"7"' } });
});

test('cookies pass both ways, several Set-Cookie stay several, nothing is rewritten', async () => {
  const cookies = [
    '__Host-refresh=abc; Path=/; Secure; HttpOnly; SameSite=Strict',
    'b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/api/v1/auth',
  ];
  let cookie: string | undefined;
  const upstream = await startUpstream((req, res) => {
    cookie = req.headers.cookie;
    res.writeHead(200, [
      ['Set-Cookie', cookies[0]!],
      ['X-Repeated', 'one'],
      ['Set-Cookie', cookies[1]!],
      ['X-Repeated', 'two'],
    ]);
    res.end();
  });
  const { url } = await startWebui(upstream.url);
  const reply = await send(url, '/api/x', { headers: { Cookie: 'a=1; b="2"' } });
  expect(cookie).toBe('a=1; b="2"');
  expect(reply.headers['set-cookie']).toEqual(cookies);
  expect(reply.headers['x-repeated']).toBe('one, two');
});

test('redirects and errors of the API are the client’s business', async () => {
  const upstream = await startUpstream((req, res) => {
    if (req.url === '/api/moved') res.writeHead(307, { Location: 'http://elsewhere.example/x' }).end();
    else
      res.writeHead(422, { 'Content-Type': 'application/problem+json' }).end('{"code":"validation_failed"}');
  });
  const { url } = await startWebui(upstream.url);
  const moved = await send(url, '/api/moved', { method: 'POST' });
  expect(moved).toMatchObject({ status: 307, headers: { location: 'http://elsewhere.example/x' } });
  expect(await send(url, '/api/x')).toMatchObject({ status: 422, text: '{"code":"validation_failed"}' });
});

test('X-Request-Id is passed on, made when it is missing, replaced when it is not sane', async () => {
  const { url } = await startProxiedEcho();
  const given = await send(url, '/api/x', { headers: { 'X-Request-Id': 'req-1:2.3_4' } });
  expect(given.headers['x-request-id']).toBe('req-1:2.3_4');
  expect(JSON.parse(given.text).headers['x-request-id']).toBe('req-1:2.3_4');
  for (const headers of [{}, { 'X-Request-Id': 'a b' }, { 'X-Request-Id': 'x'.repeat(200) }]) {
    const reply = await send(url, '/api/x', { headers });
    expect(reply.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(reply.text).headers['x-request-id']).toBe(reply.headers['x-request-id']);
  }
});

test('the proxy adds nothing of its own to an answer but the request id', async () => {
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, ['Content-Security-Policy', "default-src 'none'", 'Content-Length', '2']).end('ok');
  });
  const { url } = await startWebui(upstream.url);
  const names = Object.keys((await send(url, '/api/x')).headers).sort();
  expect(names).toEqual(['connection', 'content-length', 'content-security-policy', 'date', 'x-request-id']);
});

test('big headers pass up to the limit; beyond it 431', async () => {
  const upstream = await startUpstream((req, res) => {
    res.setHeader('X-Big', 'b'.repeat(12_000)).end(String(req.headers['x-big']?.length));
  });
  const { url } = await startWebui(upstream.url);
  const reply = await send(url, '/api/x', { headers: { 'X-Big': 'a'.repeat(12_000) } });
  expect(reply).toMatchObject({ status: 200, text: '12000' });
  expect(reply.headers['x-big']).toHaveLength(12_000);
  expect((await send(url, '/api/x', { headers: { 'X-Big': 'a'.repeat(20_000) } })).status).toBe(431);
});

test('500 requests are open at once, all are answered, and connections to the API are reused', async () => {
  const waiting: Array<() => void> = [];
  const upstream = await startUpstream((req, res) => {
    waiting.push(() => void res.end(req.url));
    if (waiting.length === 500) for (const answer of waiting.splice(0)) answer();
  });
  let connections = 0;
  upstream.server.on('connection', () => (connections += 1));
  const webui = await startWebui(upstream.url, { limits: { maxProxiedPerClient: 500 } });
  const agent = new http.Agent({ keepAlive: true });
  const round = () =>
    Promise.all(Array.from({ length: 500 }, (_, i) => send(webui.url, `/api/${i}`, { agent })));
  const first = await round();
  expect(first.map((reply) => reply.text)).toEqual(Array.from({ length: 500 }, (_, i) => `/api/${i}`));
  await round();
  agent.destroy();
  expect(connections).toBeLessThanOrEqual(800);
  await eventually('no request stays open', async () => (await metric(webui, 'proxy_open_requests')) === 0);
});

test('beyond the limit of open requests the answer is 503 with Retry-After, and the place is freed', async () => {
  const held: IncomingMessage[] = [];
  const answers: Array<() => void> = [];
  const upstream = await startUpstream((req, res) => {
    held.push(req);
    answers.push(() => void res.end('done'));
  });
  const webui = await startWebui(upstream.url, { limits: { maxProxied: 2 } });
  const open = [send(webui.url, '/api/1'), send(webui.url, '/api/2')];
  await eventually('both are at the API', () => held.length === 2);
  const refused = await send(webui.url, '/api/3');
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(JSON.parse(refused.text).code).toBe('overloaded');
  expect((await send(webui.url, '/healthz')).status).toBe(200);
  for (const answer of answers) answer();
  await Promise.all(open);
  const later = send(webui.url, '/api/4');
  await eventually('the third is at the API', () => held.length === 3);
  answers[2]!();
  expect((await later).status).toBe(200);
  expect(await metric(webui, 'proxy_refused_total{reason="overloaded"}')).toBe(1);
});

test('one client cannot take the places of the others: its own limit answers 503 as well', async () => {
  const answers: Array<() => void> = [];
  const upstream = await startUpstream((_req, res) => void answers.push(() => void res.end('done')));
  const webui = await startWebui(upstream.url, {
    limits: { maxProxiedPerClient: 2 },
    env: { TRUST_PROXY: 'loopback' },
  });
  const from = (client: string) => send(webui.url, '/api/x', { headers: { 'X-Forwarded-For': client } });
  const open = [from('203.0.113.1'), from('203.0.113.1')];
  await eventually('both are at the API', () => answers.length === 2);
  const refused = await from('203.0.113.1');
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  expect(JSON.parse(refused.text).code).toBe('overloaded');
  open.push(from('203.0.113.2'));
  await eventually('the other client is at the API', () => answers.length === 3);
  expect(await metric(webui, 'proxy_open_requests')).toBe(3);
  expect(await metric(webui, 'proxy_refused_total{reason="overloaded"}')).toBe(1);
  for (const answer of answers.splice(0)) answer();
  expect((await Promise.all(open)).map(({ status }) => status)).toEqual([200, 200, 200]);
  await eventually('no request stays open', async () => (await metric(webui, 'proxy_open_requests')) === 0);
  const later = [from('203.0.113.1'), from('203.0.113.1')];
  await eventually('its places are free again', () => answers.length === 2);
  for (const answer of answers) answer();
  expect((await Promise.all(later)).map(({ status }) => status)).toEqual([200, 200]);
});
