import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { eventually, openRaw, send, startUpstream, startWebui } from './testing/harness.ts';

function get(url: string, path: string, agent: http.Agent | false = false): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  http.get(new URL(path, url), { agent }, resolve).on('error', reject);
  return promise;
}

test('readiness goes first, requests are still served during the delay, then connections are refused', async () => {
  const upstream = await startUpstream((_req, res) => void res.end('ok'));
  const webui = await startWebui(upstream.url, { env: { SHUTDOWN_DELAY_MS: '3000' } });
  const stopped = webui.running.shutdown();
  const ready = await send(webui.url, '/readyz');
  expect(ready.status).toBe(503);
  expect(JSON.parse(ready.text)).toMatchObject({ status: 'not_ready', checks: { lifecycle: { ok: false } } });
  expect((await send(webui.url, '/healthz')).status).toBe(200);
  const agent = new http.Agent({ keepAlive: true });
  const served = await send(webui.url, '/api/x', { agent });
  expect(served).toMatchObject({ status: 200, text: 'ok', headers: { connection: 'close' } });
  agent.destroy();
  await stopped;
  await expect(send(webui.url, '/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a shutdown finishes what is in flight and ends event streams cleanly', async () => {
  const pending: Array<() => void> = [];
  const upstream = await startUpstream((req, res) => {
    if (req.url === '/api/slow') return void pending.push(() => res.end('finished'));
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    // The API goes on sending while the stream is being ended.
    const events = setInterval(() => res.write('data: 1\n\n'), 1);
    res.once('close', () => clearInterval(events));
  });
  const webui = await startWebui(upstream.url, { limits: { drainMs: 60_000 } });
  const stream = await get(webui.url, '/api/stream');
  const agent = new http.Agent({ keepAlive: true });
  const slow = get(webui.url, '/api/slow', agent);
  await eventually('it is at the API', () => pending.length === 1);
  let stopped = false;
  const shutdown = webui.running.shutdown().then(() => (stopped = true));
  // A clean end, not a broken connection.
  expect(Buffer.concat(await stream.toArray()).toString()).toMatch(/^(?:data: 1\n\n)+$/);
  expect(stopped).toBe(false);
  pending[0]!();
  expect(Buffer.concat(await (await slow).toArray()).toString()).toBe('finished');
  // The kept-alive connection is still open on the client's side; the shutdown does not wait for it.
  await shutdown;
  agent.destroy();
});

test('what does not finish is cut at the deadline, at the API too', async () => {
  const { promise: arrived, resolve } = Promise.withResolvers<ServerResponse>();
  const upstream = await startUpstream((_req, res) => resolve(res));
  const webui = await startWebui(upstream.url, { limits: { drainMs: 200 } });
  const hanging = expect(send(webui.url, '/api/x')).rejects.toMatchObject({ code: 'ECONNRESET' });
  const atApi = await arrived;
  const idle = openRaw(webui.port);
  await new Promise((connected) => idle.once('connect', connected));
  await webui.running.shutdown();
  await hanging;
  await eventually('the API sees it end', () => atApi.destroyed);
});
