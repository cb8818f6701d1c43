import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { createTrafficSender, type TrafficReport } from '../../scripts/traffic/traffic-sender.ts';
import { type Client, signInAdmin } from '../harness/client.ts';
import { dataTarget } from '../harness/data-target.ts';
import { type GrpcClient, type GrpcCounters, grpcClient } from '../harness/grpc.ts';
import { metric, readMetrics } from '../harness/metrics.ts';
import { settled } from '../harness/settled.ts';
import type { Page, Rule, RuleCounters, Stats } from '../harness/types.ts';
import { untilEnforced } from '../harness/until-enforced.ts';

const HEADERS = { 4: 28, 6: 48 } as const; // IP and UDP header: counters count IP packet lengths

interface Counted {
  stats: Stats;
  rules: RuleCounters;
}

describe('what the sender counted is what every counter says', () => {
  let stack: Stack;
  let admin: Client;
  let grpc: GrpcClient;
  beforeAll(async () => {
    stack = await startStack({ webui: 0 });
    admin = await signInAdmin(stack);
    grpc = grpcClient(stack.fastpath.listen.grpc, stack.fastpathSecret);
  });
  afterAll(async () => {
    grpc?.close();
    await stack?.stop();
  });

  /** All counters, once nothing moves any more. */
  const counted = () =>
    settled<Counted>('every counter', async () => {
      const { time: _, ...stats } = await admin.stats();
      const { instances: __, ...sums } = stats as typeof stats & { instances: unknown };
      return { stats: sums as Stats, rules: await admin.ruleCounters() };
    });
  const flowOf = (report: TrafficReport, name: string) => report.flows.find((flow) => flow.name === name)!;

  test('rules, totals, flows, gRPC and metrics agree to the packet', async () => {
    const [v4, v6] = [dataTarget(stack.fastpath, 4), dataTarget(stack.fastpath, 6)];
    const shapes = [
      { name: 'dropped', target: v4, rate: 400, size: 100, count: 800, family: 4 },
      { name: 'limited', target: v4, rate: 400, size: 1_200, count: 1_000, family: 4 },
      { name: 'allowed', target: v6, rate: 300, size: 10, count: 700, family: 6 },
      { name: 'dropped six', target: v6, rate: 200, size: 500, count: 450, family: 6 },
      { name: 'unruled', target: v4, rate: 300, size: 0, count: 600, family: 4 },
    ] as const;
    const sender = await createTrafficSender({ flows: [...shapes] });
    const rules = new Map<string, Rule>();
    for (const flow of sender.report().flows.filter((each) => each.name !== 'unruled')) {
      const action = flow.name === 'limited' ? 'rate_limit' : flow.name === 'allowed' ? 'allow' : 'drop';
      const port = { src_port_min: flow.src_port, src_port_max: flow.src_port };
      const rate = action === 'rate_limit' ? { rate_pps: 100, burst: 10 } : {};
      rules.set(
        flow.name,
        await admin.createRule({ name: flow.name, action, protocol: 'udp', ...port, ...rate }),
      );
    }
    await untilEnforced(admin);
    const before = await counted();
    sender.start();
    const report = await sender.done;
    const after = await counted();

    const lost = (after.stats.drops.socket_buffer ?? 0) - (before.stats.drops.socket_buffer ?? 0);
    expect(lost, 'these rates fit into the socket buffers').toBe(0);
    for (const shape of shapes) {
      const flow = flowOf(report, shape.name);
      expect(flow, shape.name).toMatchObject({ sent: shape.count, send_errors: 0 });
      const bytes = shape.count * (shape.size + HEADERS[shape.family]);
      const rule = rules.get(shape.name);
      if (rule) {
        const counter = after.rules.items.find((item) => item.rule_id === rule.id);
        const dropped_packets = shape.count - flow.received;
        expect(counter, shape.name).toMatchObject({ packets: shape.count, bytes, dropped_packets });
      } else {
        expect(after.rules.unmatched.packets - before.rules.unmatched.packets).toBe(shape.count);
        expect(after.rules.unmatched.bytes - before.rules.unmatched.bytes).toBe(bytes);
      }
    }
    expect(flowOf(report, 'dropped').received + flowOf(report, 'dropped six').received).toBe(0);
    expect(flowOf(report, 'allowed').received).toBe(700);
    expect(flowOf(report, 'unruled').received).toBe(600);

    const grew = (key: 'rx_packets' | 'tx_packets' | 'rx_bytes' | 'tx_bytes') =>
      after.stats[key] - before.stats[key];
    const sentBytes = shapes.reduce(
      (sum, shape) => sum + shape.count * (shape.size + HEADERS[shape.family]),
      0,
    );
    expect(grew('rx_packets')).toBe(report.sent);
    expect(grew('rx_bytes')).toBe(sentBytes);
    expect(grew('tx_packets')).toBe(report.received);
    const drops = (reason: string) => (after.stats.drops[reason] ?? 0) - (before.stats.drops[reason] ?? 0);
    expect(drops('rule')).toBe(800 + 450);
    expect(drops('rate_limit')).toBe(1_000 - flowOf(report, 'limited').received);

    await agreesEverywhere(after);
    await flowsAgree(report);
  });

  /** gRPC and the metrics page of the one instance say the same as REST. */
  async function agreesEverywhere({ stats, rules }: Counted): Promise<void> {
    const counters = await grpc.call<GrpcCounters>('ListRuleCounters');
    const byId = (items: { rule_id: string }[]) =>
      items.toSorted((a, b) => a.rule_id.localeCompare(b.rule_id));
    expect(byId(counters.counters)).toEqual(byId(rules.items));
    expect({ packets: counters.unmatched_packets, bytes: counters.unmatched_bytes }).toEqual(rules.unmatched);

    const samples = await readMetrics(`http://${stack.fastpath.listen.http}`);
    const total = (unit: string, direction: string) =>
      metric(samples, `fastpath_${unit}_total`, { direction });
    expect(total('packets', 'rx')).toBe(stats.rx_packets);
    expect(total('packets', 'tx')).toBe(stats.tx_packets);
    expect(total('bytes', 'rx')).toBe(stats.rx_bytes);
    expect(total('bytes', 'tx')).toBe(stats.tx_bytes);
    for (const [reason, packets] of Object.entries(stats.drops))
      expect(metric(samples, 'fastpath_drops_total', { reason }), reason).toBe(packets);
    for (const item of rules.items)
      expect(metric(samples, 'fastpath_rule_packets_total', { rule_id: item.rule_id })).toBe(item.packets);
  }

  /** The flow table names each flow of the sender with its packets. */
  async function flowsAgree(report: TrafficReport): Promise<void> {
    const { items } =
      await admin.get<Page<{ src_port: number; packets: number; dropped_packets: number }>>(
        '/fastpath/flows?limit=100',
      );
    for (const flow of report.flows)
      expect(
        items.find((item) => item.src_port === flow.src_port),
        flow.name,
      ).toMatchObject({
        packets: flow.sent,
        dropped_packets: flow.sent - flow.received,
      });
  }

  test('an overload is counted: received + lost on the socket buffer = sent', async () => {
    const before = await counted();
    const flows = [0, 1, 2].map((n) => ({
      name: `flood ${n}`,
      target: dataTarget(stack.fastpath, 4),
      rate: 40_000,
      size: 1_000,
      count: 40_000,
    }));
    const sender = await createTrafficSender({ flows });
    sender.start();
    const report = await sender.done;
    const after = await counted();
    const rx = after.stats.rx_packets - before.stats.rx_packets;
    const lost = (after.stats.drops.socket_buffer ?? 0) - (before.stats.drops.socket_buffer ?? 0);
    expect(rx + lost).toBe(report.sent);
    const balance = ({ stats }: Counted) => {
      const { socket_buffer = 0, ...drops } = stats.drops;
      expect(socket_buffer).toBeGreaterThanOrEqual(0);
      return (
        stats.tx_packets +
        stats.consumed_packets +
        stats.passed_packets +
        Object.values(drops).reduce((sum, n) => sum + n, 0)
      );
    };
    expect(balance(after)).toBe(after.stats.rx_packets);
    await agreesEverywhere(after);
  });
});
