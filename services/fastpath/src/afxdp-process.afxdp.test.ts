import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FastPathClient } from './grpc/gen/fastpath/v1/FastPath.ts';
import { loadDefinition } from './grpc/service-definition.ts';
import { PeerSenders } from './testing/peer-sender.ts';
import { ruleMessage } from './testing/rule-messages.ts';
import { TEST_SECRET } from './testing/test-server.ts';
import { callUnary } from './testing/unary-call.ts';
import { createVethPair, needNamespace, type VethPair, xdpMode } from './testing/veth.ts';

const MAIN = new URL('./main.ts', import.meta.url).pathname;
const WAIT = { interval: 20 };
type Line = { level: string; msg: string; mode?: string; reason?: string; listen?: Listen };
type Listen = { http: string; grpc: string; data: string[] };
type Run = { child: ChildProcess; lines: Line[]; exit: Promise<number | null> };

const close: (() => unknown)[] = [];
beforeEach(needNamespace);
afterEach(async () => {
  for (const step of close.splice(0).reverse()) await step();
});

function link() {
  const pair = createVethPair(2);
  close.push(() => pair.close());
  const senders = new PeerSenders(pair);
  close.push(() => senders.close());
  return { pair, senders };
}

function run(pair: VethPair, env: Record<string, string> = {}): Run {
  const base = {
    PATH: process.env.PATH,
    APP_ENV: 'test',
    FASTPATH_SECRET: TEST_SECRET,
    FASTPATH_MODE: 'afxdp',
    XDP_INTERFACE: pair.here.interface,
    HOST: '127.0.0.1',
    HTTP_PORT: '0',
    GRPC_PORT: '0',
  };
  const child = spawn(process.execPath, [MAIN], {
    env: { ...base, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Line[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line)));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  close.push(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  return { child, lines, exit };
}

async function ready(started: Run) {
  const line = () => started.lines.find(({ msg, level }) => msg === 'ready' || level === 'fatal');
  await expect.poll(line, WAIT).toBeDefined();
  expect(line()).toMatchObject({ msg: 'ready' });
  return { ...(line() as Line & { listen: Listen }), ...started };
}

const client = (grpc: string): FastPathClient => {
  const { FastPath } = loadDefinition().types.fastpath.v1;
  const made = new FastPath(grpc, credentials.createInsecure());
  close.push(() => made.close());
  return made;
};

test('says how it runs, serves, and leaves the interface as it was', async () => {
  const { pair, senders } = link();
  const { child, exit, listen, reason, mode } = await ready(run(pair, { XDP_MODE: 'native' }));
  expect(mode).toBe('afxdp');
  expect(reason).toMatch(
    new RegExp(
      `^FASTPATH_MODE=afxdp asks for it: ${pair.here.interface}, native XDP, copy mode, queues 0, 1, .* KiB pages$`,
    ),
  );
  expect(listen.data).toContain(`${pair.here.ipv4}:7000`);
  const status = await callUnary(client(listen.grpc), 'GetStatus', {});
  expect(status).toMatchObject({ mode: 'MODE_AFXDP', mode_reason: reason, workers: 2 });
  const sender = await senders.open(6, 7000);
  await sender.send(Uint8Array.of(1, 2, 3));
  await expect.poll(() => sender.received.length, WAIT).toBe(1);
  const metrics = await (await fetch(`http://${listen.http}/metrics`)).text();
  expect(metrics).toMatch(/^fastpath_info\{.*mode="afxdp".*\} 1$/m);
  expect(metrics).toMatch(/^fastpath_ignored_packets_total \d+$/m);
  expect(metrics).toMatch(/^fastpath_drops_total\{reason="rule",worker="kernel"\} 0$/m);
  expect(xdpMode(pair.here.interface)).toBe('native');
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
  expect(xdpMode(pair.here.interface)).toBeNull();
});

test('after SIGKILL another one serves at once, and enforces rules', async () => {
  const { pair, senders } = link();
  const killed = await ready(run(pair));
  const [silenced, other] = [await senders.open(4, 7000), await senders.open(4, 7000)];
  const drop = ruleMessage({ src_ports: { min: silenced.port, max: silenced.port } });
  const version = { source_id: 'killed', revision: 1 };
  await callUnary(client(killed.listen.grpc), 'ApplyRules', { version, rules: [drop] });
  await other.send(Uint8Array.of(1));
  await expect.poll(() => other.received.length, WAIT).toBe(1);
  killed.child.kill('SIGKILL');
  await killed.exit;
  expect(xdpMode(pair.here.interface)).not.toBeNull(); // nobody was left to detach it

  const next = await ready(run(pair));
  const grpc = client(next.listen.grpc);
  await silenced.send(Uint8Array.of(2)); // nobody has told this one of any rule
  await expect.poll(() => silenced.received.length, WAIT).toBe(1);
  await callUnary(grpc, 'ApplyRules', { version, rules: [drop] });
  for (let i = 0; i < 10; i++) {
    await silenced.send(Uint8Array.of(3));
    await other.send(Uint8Array.of(4));
  }
  await expect.poll(() => other.received.length, WAIT).toBe(11);
  await expect
    .poll(async () => (await callUnary(grpc, 'ListRuleCounters', {})).counters, WAIT)
    .toMatchObject([{ rule_id: drop.id, packets: 10, dropped_packets: 10 }]);
  expect(silenced.received).toHaveLength(1);
});

test('a second instance on the same interface says so in one line and leaves the first alone', async () => {
  const { pair, senders } = link();
  await ready(run(pair));
  const second = run(pair, { DATA_PORT: '7001' });
  expect(await second.exit).toBe(1);
  expect(second.lines).toEqual([
    expect.objectContaining({
      level: 'fatal',
      code: 'mode_unavailable',
      msg: expect.stringContaining(`XDP_INTERFACE=${pair.here.interface}`),
    }),
  ]);
  const sender = await senders.open(4, 7000);
  await sender.send(Uint8Array.of(1));
  await expect.poll(() => sender.received.length, WAIT).toBe(1);
});

test('auto uses AF_XDP where it works, and falls back with the reason where it does not', async () => {
  const { pair, senders } = link();
  const auto = { FASTPATH_MODE: 'auto' };
  const works = await ready(run(pair, auto));
  expect(works.reason).toMatch(/^FASTPATH_MODE=auto, and it works here: /);
  works.child.kill('SIGTERM');
  await works.exit;
  const impossible = await ready(run(pair, { ...auto, XDP_ZERO_COPY: 'on', DATA_HOST: pair.here.ipv4 }));
  expect(impossible).toMatchObject({ mode: 'udp' });
  expect(impossible.reason).toMatch(/^FASTPATH_MODE=auto, and AF_XDP on XDP_INTERFACE=.*zero-copy/i);
  expect(impossible.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  const sender = await senders.open(4, 7000);
  await sender.send(Uint8Array.of(1));
  await expect.poll(() => sender.received.length, WAIT).toBe(1);
});
