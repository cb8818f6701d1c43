import { expect, test } from 'vitest';
import { eventually, makeDist, metric, send, startUpstream, startWebui } from './testing/harness.ts';

const OK = { ok: true };

test('/healthz answers whatever the API does', async () => {
  const { url } = await startWebui('http://127.0.0.1:9');
  const reply = await send(url, '/healthz');
  expect(reply).toMatchObject({
    status: 200,
    text: '{"status":"ok"}',
    headers: { 'cache-control': 'no-store' },
  });
});

test('/readyz is ready with the API, degraded but in service without it, and recovers', async () => {
  const first = await startUpstream((_req, res) => void res.end());
  const { url } = await startWebui(first.url);
  const state = async () => JSON.parse((await send(url, '/readyz')).text);
  expect(await state()).toEqual({ status: 'ready', checks: { lifecycle: OK, app: OK, api: OK } });
  await first.close();
  await eventually('it notices', async () => (await state()).status === 'degraded');
  const reply = await send(url, '/readyz');
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.text).checks.api).toEqual({
    ok: false,
    reason: 'the API is not reachable (ECONNREFUSED)',
  });
  await startUpstream((_req, res) => void res.end(), Number(new URL(first.url).port));
  await eventually('it is ready again', async () => (await state()).status === 'ready');
});

test('/readyz passes on that the API itself is not ready', async () => {
  const upstream = await startUpstream((_req, res) => void res.writeHead(503).end());
  const { url } = await startWebui(upstream.url);
  const { checks } = JSON.parse((await send(url, '/readyz')).text);
  expect(checks.api).toEqual({ ok: false, reason: 'the API answers 503' });
});

test('/readyz is 503 without a built app', async () => {
  const { url } = await startWebui('http://127.0.0.1:9', { dist: new URL('nothing/', await makeDist()) });
  const reply = await send(url, '/readyz');
  expect(reply.status).toBe(503);
  expect(JSON.parse(reply.text)).toMatchObject({ status: 'not_ready', checks: { app: { ok: false } } });
});

test('a flood of /readyz is not passed on to the API', async () => {
  let probes = 0;
  const upstream = await startUpstream((_req, res) => {
    probes += 1;
    res.end();
  });
  const { url } = await startWebui(upstream.url);
  const begin = performance.now();
  await Promise.all(Array.from({ length: 200 }, () => send(url, '/readyz')));
  expect(probes).toBeLessThanOrEqual(2 + (performance.now() - begin) / 1_000);
});

test('metrics are on a port of their own and count what happened', async () => {
  const upstream = await startUpstream((_req, res) => void res.writeHead(201).end());
  const webui = await startWebui(upstream.url);
  await send(webui.url, '/api/v1/x/123', { method: 'POST' });
  await send(webui.url, '/');
  await send(webui.url, '/favicon.svg');
  await send(webui.url, '/nothing');
  await send(webui.url, '/healthz');
  for (const [method, route, status] of [
    ['POST', 'api', 201],
    ['GET', 'page', 200],
    ['GET', 'asset', 200],
    ['GET', 'other', 404],
    ['GET', 'health', 200],
  ]) {
    const labels = `{method="${method}",route="${route}",status="${status}"}`;
    expect(await metric(webui, `http_request_duration_seconds_count${labels}`)).toBe(1);
  }
  expect((await send(webui.url, '/metrics')).status).toBe(404);
  expect((await send(webui.metricsUrl, '/api/v1/x')).status).toBe(404);
  expect((await send(webui.metricsUrl, '/metrics')).text).toMatch(/^process_resident_memory_bytes \d/m);
});

test('an invented method or path makes no new time series', async () => {
  const upstream = await startUpstream((_req, res) => void res.end());
  const webui = await startWebui(upstream.url);
  await send(webui.url, '/api/x', { method: 'PROPFIND' });
  await send(webui.url, '/api/y', { method: 'MKCOL' });
  const labels = '{method="other",route="api",status="200"}';
  expect(await metric(webui, `http_request_duration_seconds_count${labels}`)).toBe(2);
});
