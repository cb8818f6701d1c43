import { expect, test } from 'vitest';
import { makeDist, send, startUpstream, startWebui } from './testing/harness.ts';

const NAVIGATION = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const NO_API = 'http://127.0.0.1:9';

test.each([
  '/',
  '/login',
  '/rules',
  '/rules/0190b6d2-7c2e-7000-8000-000000000001',
  '/users?page=2',
  '/apiary',
  '/a/api/b',
])('a navigation to %s gets the app, never cached without asking', async (path) => {
  const { url } = await startWebui(NO_API);
  const reply = await send(url, path, { headers: NAVIGATION });
  expect(reply.text).toContain('the app');
  expect(reply).toMatchObject({
    status: 200,
    headers: { 'cache-control': 'no-cache', 'content-type': 'text/html; charset=utf-8' },
  });
  const head = await send(url, path, { method: 'HEAD', headers: NAVIGATION });
  expect(head).toMatchObject({ status: 200, text: '' });
  const again = { ...NAVIGATION, 'If-None-Match': reply.headers.etag };
  expect((await send(url, path, { headers: again })).status).toBe(304);
});

test.each([
  '/assets/gone-1a2b3c4d.js',
  '/assets/',
  '/assets',
  '/app.js',
  '/nested/logo.png',
  '/robots.txt',
  '/.env',
  '/.git/config.txt',
  '/metrics',
  '/healthz/x',
  '/readyz/x',
  '/%00.js',
  '//evil.example/x',
])('the app is no answer to %s', async (path) => {
  const { url } = await startWebui(NO_API);
  const reply = await send(url, path, { headers: NAVIGATION });
  expect(reply.status).toBeGreaterThanOrEqual(400);
  expect(reply.status).toBeLessThan(500);
  expect(reply.text).not.toContain('the app');
  expect(reply.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
});

test('what is no navigation gets 404 for an unknown address, not the app', async () => {
  const { url } = await startWebui(NO_API);
  for (const headers of [{}, { Accept: '*/*' }, { Accept: 'application/json' }]) {
    expect((await send(url, '/rules', { headers })).status).toBe(404);
  }
});

// Ancestor's defect: "GET /api/… answers with index.html" hides every wrong address from the client.
test('nothing under /api is ever answered with the app', async () => {
  const upstream = await startUpstream((_req, res) => void res.writeHead(404).end('not found at the API'));
  const { url } = await startWebui(upstream.url);
  for (const path of ['/api', '/api/', '/api/v1/nothing', '/api/index.html']) {
    expect(await send(url, path, { headers: NAVIGATION })).toMatchObject({ text: 'not found at the API' });
  }
});

test('hashed assets are kept for ever, other files are revalidated', async () => {
  const { url } = await startWebui(NO_API);
  expect((await send(url, '/assets/app-1a2b3c4d.js')).headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  expect((await send(url, '/favicon.svg')).headers['cache-control']).toBe('no-cache');
  expect((await send(url, '/index.html')).headers['cache-control']).toBe('no-cache');
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s outside /api gets 405', async (method) => {
  const { url } = await startWebui(NO_API);
  const reply = await send(url, '/rules', { method, body: 'x' });
  expect(reply).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
});

test('before the first build there is a page that says what to do, and none of it is kept', async () => {
  const { url } = await startWebui(NO_API, { dist: new URL('nothing/', await makeDist()) });
  const reply = await send(url, '/', { headers: NAVIGATION });
  expect(reply).toMatchObject({ status: 503, headers: { 'cache-control': 'no-store', 'retry-after': '5' } });
  expect(reply.text).toContain('make build');
});

test('security headers are on pages, files, errors and probes', async () => {
  const { url } = await startWebui(NO_API);
  for (const path of ['/', '/assets/app-1a2b3c4d.js', '/nothing', '/healthz']) {
    const { headers } = await send(url, path);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy).not.toMatch(/script-src[^;]*unsafe|upgrade-insecure-requests|ws:/);
    expect(headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(headers['permissions-policy']).toContain('camera=()');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('strict-transport-security');
  }
});

test('HSTS appears under HTTPS only, and only a trusted proxy can say that it is HTTPS', async () => {
  const headers = { 'X-Forwarded-Proto': 'https' };
  const trusting = await startWebui(NO_API, { env: { TRUST_PROXY: 'loopback' } });
  const secure = await send(trusting.url, '/', { headers });
  expect(secure.headers['strict-transport-security']).toBe('max-age=31536000');
  expect(secure.headers['content-security-policy']).toContain('upgrade-insecure-requests');
  const wary = await startWebui(NO_API);
  expect((await send(wary.url, '/', { headers })).headers).not.toHaveProperty('strict-transport-security');
});
