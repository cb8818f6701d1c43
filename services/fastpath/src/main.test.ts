import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { claimPort } from './port/udp/claim-port.ts';
import { openUdpSender } from './testing/udp-sender.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
const BASE = {
  PATH: process.env.PATH,
  APP_ENV: 'development',
  FASTPATH_SECRET: 'development-only-fastpath-secret-0123456789',
  HOST: '127.0.0.1',
  HTTP_PORT: '0',
  GRPC_PORT: '0',
  DATA_PORT: '0',
  DATA_HOST: '127.0.0.1',
  DATA_WORKERS: '2',
};
type Line = { level: string; msg: string; listen: { http: string; grpc: string; data: string[] } };
type Run = { child: ChildProcess; lines: Line[]; exit: Promise<number | null> };

const running: Run[] = [];
afterEach(async () => {
  for (const { child, exit } of running.splice(0)) {
    child.kill('SIGKILL');
    await exit;
  }
});

function run(env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...BASE, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Line[] = [];
  createInterface(child.stdout!).on('line', (line) => lines.push(JSON.parse(line)));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const started = { child, lines, exit };
  running.push(started);
  return started;
}

async function ready(env: Record<string, string> = {}): Promise<Run & Line['listen']> {
  const started = run(env);
  const line = () => started.lines.find(({ msg }) => msg === 'ready');
  await expect.poll(line).toBeDefined();
  return { ...started, ...line()!.listen };
}

const portOf = (address: string) => address.split(':').at(-1)!;
const sameport = (first: Line['listen']) => ({
  HTTP_PORT: portOf(first.http),
  GRPC_PORT: portOf(first.grpc),
  DATA_PORT: portOf(first.data[0]),
});

test('serves, says where in one line, and drains on SIGTERM', async () => {
  const { child, lines, exit, http, data } = await ready();
  expect(lines.filter(({ msg }) => msg === 'ready')).toHaveLength(1);
  expect(data).toHaveLength(1);
  for (const [path, status] of Object.entries({ healthz: 'ok', readyz: 'degraded' })) {
    expect(await (await fetch(`http://${http}/${path}`)).json()).toMatchObject({ status });
  }
  expect(await (await fetch(`http://${http}/status`)).json()).toMatchObject({ mode: 'MODE_UDP', workers: 2 });
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});

test('fails readiness first and goes on serving for SHUTDOWN_DELAY_MS', async () => {
  const { child, exit, http, data } = await ready({ SHUTDOWN_DELAY_MS: '5000' });
  const sender = await openUdpSender(4, Number(portOf(data[0])));
  child.kill('SIGTERM');
  await expect.poll(async () => (await fetch(`http://${http}/readyz`)).status).toBe(503);
  await sender.send(Uint8Array.of(1));
  await expect.poll(() => sender.received.length).toBe(1);
  await sender.close();
  expect(await exit).toBe(0);
});

test('after SIGKILL another one serves on the same ports at once', async () => {
  const first = await ready();
  first.child.kill('SIGKILL');
  await first.exit;
  const second = await ready(sameport(first));
  expect([second.http, second.grpc, second.data]).toEqual([first.http, first.grpc, first.data]);
  const sender = await openUdpSender(4, Number(portOf(second.data[0])));
  await sender.send(Uint8Array.of(1));
  await expect.poll(() => sender.received.length).toBe(1);
  await sender.close();
});

test.each(['HTTP_PORT', 'GRPC_PORT', 'DATA_PORT'] as const)(
  'a second instance with the same %s ends with one line that names it',
  async (variable) => {
    const first = await ready();
    const second = run({ [variable]: sameport(first)[variable] });
    expect(await second.exit).toBe(1);
    expect(second.lines).toEqual([expect.objectContaining({ level: 'fatal', code: 'port_in_use' })]);
    expect(second.lines[0].msg).toContain(variable);
    expect(second.lines[0].msg).toContain(sameport(first)[variable]);
  },
);

test('two instances that start at the same moment never share the data port', async () => {
  const { port } = await claimPort([{ address: '127.0.0.1', family: 4 }], 0);
  const both = [run({ DATA_PORT: String(port) }), run({ DATA_PORT: String(port) })];
  const outcome = ({ lines }: Run) =>
    lines.find(({ level, msg }) => msg === 'ready' || level === 'fatal')?.msg;
  await expect.poll(() => both.map(outcome).every(Boolean)).toBe(true);
  const failed = both.filter((one) => outcome(one) !== 'ready');
  expect(failed.length).toBeGreaterThan(0);
  for (const one of failed) {
    expect(await one.exit).toBe(1);
    expect(outcome(one)).toContain('DATA_PORT');
  }
});

test('also when the port belongs to something else', async () => {
  const tcp = createServer().listen(0, '127.0.0.1');
  const udp = createSocket('udp4').bind(0, '127.0.0.1');
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')]);
  const taken = { GRPC_PORT: (tcp.address() as { port: number }).port, DATA_PORT: udp.address().port };
  for (const [variable, port] of Object.entries(taken)) {
    const failed = run({ [variable]: String(port) });
    expect(await failed.exit).toBe(1);
    expect(failed.lines[0].msg).toContain(variable);
  }
  tcp.close();
  udp.close();
});

test.each<[string, Record<string, string>, RegExp]>([
  ['AF_XDP is asked for', { FASTPATH_MODE: 'afxdp', XDP_INTERFACE: 'nowhere0' }, /XDP_INTERFACE.*nowhere0/],
  ['an address is not local', { DATA_HOST: '203.0.113.9' }, /DATA_HOST: 203\.0\.113\.9/],
  ['there are too many workers', { DATA_WORKERS: '1000' }, /DATA_WORKERS/],
  ['the secret is a placeholder in production', { APP_ENV: 'production' }, /FASTPATH_SECRET/],
])('says in one line what is wrong when %s', async (_what, env, message) => {
  const failed = run(env);
  expect(await failed.exit).toBe(1);
  expect(failed.lines).toEqual([
    expect.objectContaining({ level: 'fatal', msg: expect.stringMatching(message) }),
  ]);
});
