import { expect, test } from 'vitest';
import { eventually, openRaw, send, sendRaw, startUpstream, startWebui } from './testing/harness.ts';

const NAVIGATION = { Accept: 'text/html' };
const WEBSOCKET = [
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
].join('\r\n');

// One server for all of it: compiling the app takes seconds.
test('development serves the app from src/ with hot reload, by the same rules as the built one', async () => {
  const upstream = await startUpstream((req, res) => void res.end(`the API got ${req.url}`));
  const webui = await startWebui(upstream.url, { env: { APP_ENV: 'development' } });
  const { url, port } = webui;

  const page = await send(url, '/rules', { headers: NAVIGATION });
  expect(page).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
  expect(page.text).toContain('/@vite/client');
  // The preamble of hot reload is an inline script; production has none and allows none.
  expect(page.headers['content-security-policy']).toContain("script-src 'self' 'unsafe-inline'");
  const source = page.text.match(/src="(\/src\/[^"]+)"/)![1]!;
  const script = await send(url, source);
  expect(script).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript' } });

  expect((await send(url, '/src/nothing.js', { headers: NAVIGATION })).text).not.toContain('/@vite/client');
  expect((await send(url, '/api/v1/x?y', { headers: NAVIGATION })).text).toBe('the API got /api/v1/x?y');
  expect((await send(url, '/healthz')).text).toBe('{"status":"ok"}');
  expect((await send(url, '/rules', { method: 'POST' })).status).toBe(405);

  expect(await sendRaw(port, `GET /api/ws HTTP/1.1\r\n${WEBSOCKET}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 501 /);
  const hotReload = openRaw(port);
  let received = '';
  hotReload.on('data', (chunk) => (received += chunk));
  hotReload.write(`GET / HTTP/1.1\r\n${WEBSOCKET}\r\nSec-WebSocket-Protocol: vite-hmr\r\n\r\n`);
  await eventually('hot reload is connected', () => received.startsWith('HTTP/1.1 101 '));
  // An open browser tab must not hold up Ctrl-C.
  await webui.running.shutdown();
});
