import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Stats__Output } from '../grpc/gen/fastpath/v1/Stats.ts';
import { ruleMessage } from '../testing/rule-messages.ts';
import { startTestServer, type TestServer, withToken } from '../testing/test-server.ts';
import { openUdpSender } from '../testing/udp-sender.ts';
import { callUnary } from '../testing/unary-call.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const scrape = async () => (await fetch(`http://${server.listen.http}/metrics`)).text();

/** Sum of the series of one metric whose labels include all that is given. */
function sum(text: string, name: string, labels: Record<string, string> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
}

test('sender, gRPC and metrics agree to the packet', async () => {
  const client = server.connect();
  const senders = await Promise.all(
    [4, 6, 4, 6].map((family) => openUdpSender(family as 4 | 6, server.dataPort)),
  );
  const [blocked, ...others] = senders;
  const drop = ruleMessage({ src_ports: { min: blocked.port, max: blocked.port } });
  const version = { source_id: 'metrics', revision: 3 };
  await callUnary(client, 'ApplyRules', { version, rules: [drop] });
  for (let i = 0; i < 50; i++) await Promise.all(senders.map((sender) => sender.send(new Uint8Array(72))));
  await expect.poll(() => others.map(({ received }) => received.length)).toEqual([50, 50, 50]);
  await expect.poll(async () => sum(await scrape(), 'fastpath_packets_total', { direction: 'rx' })).toBe(200);

  const text = await scrape();
  const bytes = 100 * (28 + 72) + 100 * (48 + 72);
  expect(sum(text, 'fastpath_packets_total', { direction: 'tx' })).toBe(150);
  expect(sum(text, 'fastpath_bytes_total', { direction: 'rx' })).toBe(bytes);
  expect(sum(text, 'fastpath_bytes_total', { direction: 'tx' })).toBe(bytes - 50 * 100);
  expect(sum(text, 'fastpath_drops_total', { reason: 'rule' })).toBe(50);
  expect(sum(text, 'fastpath_drops_total')).toBe(50);
  expect(sum(text, 'fastpath_unmatched_packets_total')).toBe(150);
  expect(text).toMatch(/^fastpath_ignored_packets_total 0$/m);
  expect(sum(text, 'fastpath_passed_packets_total')).toBe(0);
  expect(sum(text, 'fastpath_rule_packets_total', { rule_id: drop.id! })).toBe(50);
  expect(sum(text, 'fastpath_rule_bytes_total', { rule_id: drop.id! })).toBe(50 * 100);
  expect(sum(text, 'fastpath_rule_dropped_packets_total', { rule_id: drop.id! })).toBe(50);
  expect(sum(text, 'fastpath_rules_revision')).toBe(3);
  expect(sum(text, 'fastpath_rules_generation')).toBe(1);
  expect(sum(text, 'fastpath_rules')).toBe(1);
  expect(sum(text, 'fastpath_rule_masks')).toBeGreaterThan(0);
  expect(sum(text, 'fastpath_bursts_total')).toBeGreaterThan(0);
  expect(sum(text, 'fastpath_handler_seconds_total')).toBeGreaterThan(0);
  expect(sum(text, 'fastpath_slots')).toBe(1_024);
  expect(sum(text, 'fastpath_slots_used')).toBe(0);
  expect(sum(text, 'fastpath_slots_used_peak')).toBeGreaterThan(0);
  expect(sum(text, 'fastpath_info', { mode: 'udp' })).toBe(1);
  expect(sum(text, 'fastpath_worker_running')).toBe(2);
  await expect.poll(async () => sum(await scrape(), 'fastpath_flows')).toBe(4);

  const stats = await firstStats();
  expect(stats).toMatchObject({
    rx_packets: 200,
    rx_bytes: bytes,
    tx_packets: 150,
    consumed_packets: 0,
    passed_packets: 0,
    flows_active: 4,
  });
  expect(stats.drops.find(({ reason }) => reason === 'rule')?.packets).toBe(50);
  expect(stats.workers.reduce((total, { rx_packets }) => total + rx_packets, 0)).toBe(200);
  await Promise.all(senders.map((sender) => sender.close()));

  function firstStats(): Promise<Stats__Output> {
    const stream = client.WatchStats({}, withToken());
    stream.on('error', () => {}); // our own cancel
    return new Promise((resolve) => {
      stream.once('data', (data: Stats__Output) => {
        resolve(data);
        stream.cancel();
      });
    });
  }
});

test('a scrape stays bounded however large the rule set', async () => {
  const client = server.connect();
  const rules = Array.from({ length: 2_500 }, () => ruleMessage({ dst_cidr: '198.51.100.1/32' }));
  await callUnary(client, 'ApplyRules', { version: { source_id: 'many', revision: 1 }, rules });
  const text = await scrape();
  expect(text.match(/^fastpath_rule_packets_total\{/gm)).toHaveLength(1_000);
  expect(sum(text, 'fastpath_rules_without_series')).toBe(1_500);
});

test('readiness says that no rules came yet, and that they did', async () => {
  const fresh = await startTestServer();
  const ready = async () => (await fetch(`http://${fresh.listen.http}/readyz`)).json();
  expect(await ready()).toMatchObject({ status: 'degraded', checks: { rules: { ok: false } } });
  await callUnary(fresh.connect(), 'ApplyRules', { version: { source_id: 'a', revision: 1 }, rules: [] });
  expect(await ready()).toMatchObject({
    status: 'ready',
    checks: { rules: { ok: true }, workers: { ok: true } },
  });
  await fresh.close();
});
