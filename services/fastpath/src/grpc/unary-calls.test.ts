import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ruleMessage } from '../testing/rule-messages.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { openUdpSender } from '../testing/udp-sender.ts';
import { callUnary } from '../testing/unary-call.ts';
import type { FastPathClient } from './gen/fastpath/v1/FastPath.ts';

let server: TestServer;
let client: FastPathClient;
let source = 0;

beforeAll(async () => {
  server = await startTestServer();
  client = server.connect();
});
afterAll(() => server.close());

const apply = (rules: object[], version = { source_id: `source-${++source}`, revision: 1 }) =>
  callUnary(client, 'ApplyRules', { version, rules });

test('GetStatus says what runs', async () => {
  const reply = await callUnary(client, 'GetStatus', {});
  expect(reply).toMatchObject({ mode: 'MODE_UDP', workers: 2, rules: { source_id: '', revision: 0 } });
  expect(reply.mode_reason).toMatch(/FASTPATH_MODE=auto, and XDP_INTERFACE names no interface/);
  expect(reply.data_addresses).toEqual([`127.0.0.1:${server.dataPort}`, `[::1]:${server.dataPort}`]);
});

test('ApplyRules obeys the order of revisions of one source', async () => {
  const version = (source_id: string, revision: number) => ({ source_id, revision });
  const rules = [ruleMessage({ dst_cidr: '198.51.100.0/24' })];
  const first = await apply(rules, version('a', 7));
  expect(first).toMatchObject({ changed: true, version: { source_id: 'a', revision: 7 } });
  const again = await apply([], version('a', 7));
  expect(again).toMatchObject({ changed: false, generation: first.generation });
  await expect(apply([], version('a', 6))).rejects.toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: expect.stringContaining('version.revision'),
  });
  expect(await callUnary(client, 'GetStatus', {})).toMatchObject({ rule_count: 1, rules: version('a', 7) });
  expect(await apply([], version('b', 1))).toMatchObject({ changed: true });
  expect(await apply(rules, version('a', 7))).toMatchObject({ changed: true });
});

test('ApplyRules calls at the same moment are done one after the other', async () => {
  const calls = Array.from({ length: 10 }, (_, index) =>
    apply([ruleMessage()], { source_id: 'concurrent', revision: index + 1 }),
  );
  const replies = await Promise.allSettled(calls);
  const generations = replies.flatMap((reply) =>
    reply.status === 'fulfilled' ? [reply.value.generation] : [],
  );
  expect(new Set(generations).size).toBe(generations.length);
  expect((await callUnary(client, 'GetStatus', {})).rules?.revision).toBe(10);
});

const range = (min: number, max: number) => ({ min, max });
test.each([
  ['rules[0].id', { id: 'seven' }],
  ['rules[0].action', { action: 'ACTION_UNSPECIFIED' }],
  ['rules[0].protocol', { protocol: 'PROTOCOL_UNSPECIFIED' }],
  ['rules[0].src_cidr', { src_cidr: '10.0.0.0/33' }],
  ['rules[0].dst_cidr', { dst_cidr: '::ffff:10.0.0.1/128' }],
  ['rules[0].dst_cidr', { src_cidr: '10.0.0.0/8', dst_cidr: '2001:db8::/32' }],
  ['rules[0].src_ports', { src_ports: range(2, 1) }],
  ['rules[0].dst_ports', { dst_ports: range(1, 65_536) }],
  ['rules[0].rate_pps', { action: 'ACTION_RATE_LIMIT', rate_pps: 0, burst: 1 }],
  ['rules[0].burst', { action: 'ACTION_RATE_LIMIT', rate_pps: 1, burst: 0 }],
])('ApplyRules refuses a bad %s by name and leaves the rules in force', async (field, fields) => {
  const kept = ruleMessage({ dst_cidr: '203.0.113.0/24' });
  await apply([kept]);
  await expect(apply([ruleMessage(fields as object)])).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringContaining(`${field}:`),
  });
  const { counters } = await callUnary(client, 'ListRuleCounters', {});
  expect(counters.map(({ rule_id }) => rule_id)).toEqual([kept.id]);
});

test('ApplyRules refuses a rule given twice, and a version without a source', async () => {
  const twice = ruleMessage();
  await expect(apply([twice, twice])).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  await expect(apply([], { source_id: '', revision: 1 })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringContaining('version.source_id'),
  });
});

test('ApplyRules takes 100,000 of the longest rules in one message', async () => {
  const rules = Array.from({ length: 100_000 }, (_, index) =>
    ruleMessage({
      priority: 4_000_000_000,
      action: 'ACTION_RATE_LIMIT',
      src_cidr: `2001:db8:aaaa:bbbb:cccc:dddd:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}/128`,
      dst_cidr: '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff/128',
      rate_pps: 10_000_000,
      burst: 10_000_000,
    }),
  );
  expect(await apply(rules)).toMatchObject({ changed: true });
  const { counters } = await callUnary(client, 'ListRuleCounters', {});
  expect(counters).toHaveLength(100_000);
  const ids = rules.slice(-1_000).map(({ id }) => id);
  const some = await callUnary(client, 'ListRuleCounters', { rule_ids: [...ids.slice(1), randomUUID()] });
  expect(some.counters.map(({ rule_id }) => rule_id)).toEqual(ids.slice(1));
  const [one] = ids;
  const twice = await callUnary(client, 'ListRuleCounters', { rule_ids: [one, one] });
  expect(twice.counters).toHaveLength(1);
  for (const [field, request] of [
    ['rule_ids', { rule_ids: [...ids, one] }],
    ['limit', { limit: 1_001 }],
  ] as const)
    await expect(callUnary(client, 'ListRuleCounters', request)).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining(`${field}:`),
    });
  await expect(apply([...rules, ruleMessage()])).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringContaining('MAX_RULES'),
  });
  await apply([]);
});

test('Classify tells what would happen, spends nothing and counts nothing', async () => {
  const drop = ruleMessage({ priority: 1, src_cidr: '10.1.0.0/16', protocol: 'PROTOCOL_UDP' });
  const limit = ruleMessage({
    action: 'ACTION_RATE_LIMIT',
    rate_pps: 1,
    burst: 1,
    dst_cidr: '2001:db8::/32',
  });
  await apply([drop, limit]);
  const udp = { protocol: 17, src_port: 1, dst_port: 2 };
  const flows = [
    { src_addr: '10.1.2.3', dst_addr: '10.9.9.9', ...udp },
    { src_addr: '10.2.2.3', dst_addr: '10.9.9.9', ...udp },
    { src_addr: '2001:db8::1', dst_addr: '2001:db8::2', ...udp },
    { src_addr: '10.1.2.3', dst_addr: '10.9.9.9', protocol: 6 },
  ];
  for (let i = 0; i < 3; i++) {
    const { verdicts } = await callUnary(client, 'Classify', { flows });
    expect(verdicts).toEqual([
      { action: 'ACTION_DROP', rule_id: drop.id },
      { action: 'ACTION_ALLOW', rule_id: '' },
      { action: 'ACTION_RATE_LIMIT', rule_id: limit.id },
      { action: 'ACTION_ALLOW', rule_id: '' },
    ]);
  }
  const { counters } = await callUnary(client, 'ListRuleCounters', {});
  expect(counters.every(({ packets }) => packets === 0)).toBe(true);
});

const flow = { src_addr: '10.0.0.1', dst_addr: '10.0.0.2', protocol: 17, src_port: 1, dst_port: 2 };
test('Classify takes 10,000 flows and no more', async () => {
  const { verdicts } = await callUnary(client, 'Classify', { flows: Array(10_000).fill(flow) });
  expect(verdicts).toHaveLength(10_000);
  await expect(callUnary(client, 'Classify', { flows: Array(10_001).fill(flow) })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringMatching(/^flows: /),
  });
});

test.each([
  ['src_addr', { src_addr: 'here' }],
  ['dst_addr', { dst_addr: '::1' }],
  ['protocol', { protocol: 256 }],
  ['src_port', { src_port: 65_536 }],
])('Classify refuses a bad %s by name', async (field, fields) => {
  await expect(
    callUnary(client, 'Classify', { flows: [flow, { ...flow, ...fields }] }),
  ).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: expect.stringContaining(`flows[1].${field}:`),
  });
});

test('ListRuleCounters and ListFlows count what a sender sent, to the packet', async () => {
  const sender = await openUdpSender(4, server.dataPort);
  const ports = { min: sender.port, max: sender.port };
  const drop = ruleMessage({ src_ports: ports, protocol: 'PROTOCOL_UDP' });
  const quiet = [0, 1].map(() => ruleMessage({ protocol: 'PROTOCOL_ICMP' }));
  await apply([quiet[0]!, drop, quiet[1]!]);
  for (let i = 0; i < 25; i++) await sender.send(new Uint8Array(100));
  const counted = { rule_id: drop.id, packets: 25, bytes: 25 * 128, dropped_packets: 25 };
  await expect
    .poll(async () => (await callUnary(client, 'ListRuleCounters', { limit: 1 })).counters)
    .toEqual([counted]);
  const { counters } = await callUnary(client, 'ListRuleCounters', {});
  expect(counters.map(({ packets }) => packets)).toEqual([0, 25, 0]);
  const one = await callUnary(client, 'ListRuleCounters', { rule_ids: [quiet[1]!.id], limit: 2 });
  expect(one.counters.map(({ rule_id }) => rule_id)).toEqual([quiet[1]!.id]);
  const { flows } = await callUnary(client, 'ListFlows', { order: 'ORDER_PACKETS', limit: 5 });
  expect(flows.find((entry) => entry.flow?.src_port === sender.port)).toMatchObject({
    flow: { src_addr: '127.0.0.1', dst_addr: '127.0.0.1', protocol: 17, dst_port: server.dataPort },
    packets: 25,
    bytes: 25 * 128,
    dropped_packets: 25,
    verdict: { action: 'ACTION_DROP', rule_id: drop.id },
  });
  await sender.close();
  await expect(callUnary(client, 'ListFlows', { limit: 1_001 })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
  });
});
