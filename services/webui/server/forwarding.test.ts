import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { eventually, send, sendRaw, startUpstream, startWebui } from './testing/harness.ts';

async function startSpy(env: Record<string, string> = {}) {
  const seen: IncomingHttpHeaders[] = [];
  const upstream = await startUpstream((req, res) => {
    seen.push(req.headers);
    res.end();
  });
  const webui = await startWebui(upstream.url, { env });
  return { ...webui, seen };
}

const SPOOFED = {
  'X-Forwarded-For': '203.0.113.9',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Port': '444',
  'X-Forwarded-Prefix': '/evil',
  'X-Real-IP': '203.0.113.9',
  Forwarded: 'for=203.0.113.9;proto=https',
};

test('forwarding headers of a stranger are dropped and made anew', async () => {
  const { url, seen } = await startSpy();
  await send(url, '/api/x', { headers: { ...SPOOFED, Host: 'tripod.example' } });
  expect(seen[0]).toMatchObject({
    host: 'tripod.example',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': 'tripod.example',
  });
  expect(JSON.stringify(seen[0])).not.toMatch(/203\.0\.113|evil|444/);
});

test('the other headers of a trusted proxy are passed on with the client that it names', async () => {
  const { url, seen } = await startSpy({ TRUST_PROXY: '10.0.0.0/8, loopback' });
  await send(url, '/api/x', { headers: SPOOFED });
  expect(seen[0]).toMatchObject({
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-port': '444',
  });
  // No second truth beside X-Forwarded-*, whoever sent it.
  expect(seen[0]).not.toHaveProperty('forwarded');
  expect(seen[0]).not.toHaveProperty('x-real-ip');
});

test.each([
  ['the last that no trusted proxy vouches for', '1.2.3.4, 10.0.0.5', '10.0.0.5'],
  ['the one before trusted proxies', '1.2.3.4, 203.0.113.9, 127.0.0.2', '203.0.113.9'],
  ['IPv4 in its own form', '::ffff:203.0.113.9', '203.0.113.9'],
  ['the proxy itself where it names no address', '1.2.3.4, unknown', '127.0.0.1'],
])('of a chain the API sees one address: %s', async (_, chain, client) => {
  const { url, seen } = await startSpy({ TRUST_PROXY: 'loopback' });
  await send(url, '/api/x', { headers: { 'X-Forwarded-For': chain } });
  expect(seen[0]?.['x-forwarded-for']).toBe(client);
});

test.each(['X-Forwarded-For', 'X-Forwarded-Proto'])(
  'a peer outside TRUST_PROXY that sends %s is warned of once',
  async (header) => {
    const { url, logLines } = await startSpy({ TRUST_PROXY: '10.0.0.0/8' });
    await send(url, '/api/x');
    for (let i = 0; i < 2; i += 1) await send(url, '/api/x', { headers: { [header]: 'https' } });
    await eventually('all requests are logged', () => logLines.length === 4);
    const warnings = logLines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ peer: '127.0.0.1', msg: expect.stringContaining('TRUST_PROXY') }]);
  },
);

test('a trusted proxy is not warned of', async () => {
  const { url, logLines } = await startSpy({ TRUST_PROXY: 'loopback' });
  await send(url, '/api/x', { headers: SPOOFED });
  await eventually('the request is logged', () => logLines.length === 1);
  expect(logLines[0]).not.toContain('TRUST_PROXY');
});

test('a proxy outside TRUST_PROXY is a stranger', async () => {
  const { url, seen } = await startSpy({ TRUST_PROXY: '10.0.0.0/8' });
  await send(url, '/api/x', { headers: SPOOFED });
  expect(seen[0]?.['x-forwarded-for']).toBe('127.0.0.1');
});

test('hop-by-hop headers of a request end here, also those that Connection names', async () => {
  const { url, seen } = await startSpy();
  await send(url, '/api/x', {
    method: 'POST',
    headers: {
      'Transfer-Encoding': 'chunked',
      Connection: 'keep-alive, X-Private, Upgrade, HTTP2-Settings',
      'Keep-Alive': 'timeout=5',
      'Proxy-Authorization': 'Basic c2VjcmV0',
      'Proxy-Connection': 'keep-alive',
      TE: 'trailers',
      Trailer: 'X-Sum',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAMAAABk',
      'X-Private': 'for this hop',
      'X-Public': 'for the API',
      Authorization: 'Bearer token',
    },
  });
  expect(seen[0]).toMatchObject({ 'x-public': 'for the API', authorization: 'Bearer token' });
  const names = Object.keys(seen[0]!);
  for (const name of ['keep-alive', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'upgrade']) {
    expect(names).not.toContain(name);
  }
  expect(names).not.toContain('http2-settings');
  expect(names).not.toContain('x-private');
});

test('Connection cannot take the framing, the host or the forwarding headers off a request', async () => {
  const bodies: string[] = [];
  const seen: IncomingHttpHeaders[] = [];
  const upstream = await startUpstream(async (req, res) => {
    seen.push(req.headers);
    bodies.push(Buffer.concat(await req.toArray()).toString());
    res.end();
  });
  const { port } = await startWebui(upstream.url);
  const inner = 'GET /api/smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
  const head = `DELETE /api/x HTTP/1.1\r\nHost: h.example\r\nContent-Length: ${inner.length}\r\n`;
  const listed = 'close, content-length, host, x-forwarded-for, transfer-encoding';
  await sendRaw(port, `${head}Connection: ${listed}\r\n\r\n${inner}`);
  expect(bodies).toEqual([inner]);
  expect(seen[0]).toMatchObject({ host: 'h.example', 'x-forwarded-for': '127.0.0.1' });
});

test('hop-by-hop headers of an answer end here too', async () => {
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, {
      Connection: 'close, X-Private',
      'X-Private': 'for this hop',
      'Proxy-Authenticate': 'Basic',
      Upgrade: 'h2c',
      'X-Public': 'for the browser',
    });
    res.end('ok');
  });
  const { port } = await startWebui(upstream.url);
  const reply = await sendRaw(port, 'GET /api/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  expect(reply).toContain('X-Public: for the browser');
  expect(reply).not.toMatch(/X-Private|Proxy-Authenticate|Upgrade/i);
  expect(reply.match(/^connection: .*$/gim)).toEqual(['Connection: close']);
});

test('an HTTP/1.0 client gets no chunks', async () => {
  const upstream = await startUpstream((_req, res) => {
    res.write('one ');
    res.end('two');
  });
  const { port } = await startWebui(upstream.url);
  const reply = await sendRaw(port, 'GET /api/x HTTP/1.0\r\nHost: h\r\n\r\n');
  expect(reply.endsWith('\r\n\r\none two')).toBe(true);
  expect(reply).not.toMatch(/transfer-encoding/i);
});
