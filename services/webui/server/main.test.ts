import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { eventually, send, startUpstream } from './testing/harness.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

interface Line {
  level: string;
  msg: string;
  service: string;
  listen?: { http: string; metrics: string };
}

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], {
    env: { APP_ENV: 'test', HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', SHUTDOWN_DELAY_MS: '0', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const lines = () =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  const find = (msg: string) => lines().find((line) => line.msg === msg);
  return { child, exited, lines, find };
}

async function startReady(env: Record<string, string>) {
  const main = start(env);
  await eventually('it is ready', () => main.find('ready') !== undefined);
  return { ...main, url: `http://${main.find('ready')!.listen!.http}` };
}

async function openStream(url: string): Promise<IncomingMessage> {
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
  http.get(new URL('/api/stream', url), { agent: false }, resolve);
  return promise;
}

test('it says when it is ready, serves, and exits with 0 on SIGTERM and SIGINT', async () => {
  const upstream = await startUpstream((_req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { child, url, exited, lines } = await startReady({ API_URL: upstream.url });
    expect((await send(url, '/healthz')).status).toBe(200);
    const stream = await openStream(url);
    child.kill(signal);
    expect(Buffer.concat(await stream.toArray()).toString()).toBe('data: 1\n\n');
    expect(await exited).toBe(0);
    expect(lines().every((line) => line.service === 'webui')).toBe(true);
    expect(lines().filter((line) => line.msg === 'ready')).toHaveLength(1);
  }
});

test('a second signal ends it at once', async () => {
  const { child, exited, find } = await startReady({ SHUTDOWN_DELAY_MS: '60000' });
  child.kill('SIGTERM');
  await eventually('the first is noticed', () => find('shutting down') !== undefined);
  child.kill('SIGTERM');
  expect(await exited).toBe(1);
});

test.each(['PORT', 'METRICS_PORT'])(
  'a taken %s is one clear fatal line and exit code 1',
  async (variable) => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    onTestFinished(() => void squatter.close());
    const { port } = squatter.address() as { port: number };
    const { exited, lines } = start({ [variable]: String(port) });
    expect(await exited).toBe(1);
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatchObject({
      level: 'fatal',
      msg: `Port ${port} is in use. Stop what listens there or set ${variable}.`,
    });
  },
);

test('a wrong environment is one fatal line and exit code 1', async () => {
  const { exited, lines } = start({ API_URL: 'nonsense', TRUST_PROXY: 'true' });
  expect(await exited).toBe(1);
  expect(lines()).toHaveLength(1);
  expect(lines()[0]).toMatchObject({ level: 'fatal' });
  expect(lines()[0]!.msg).toMatch(/API_URL:.*TRUST_PROXY:/);
});
