import type { FastPathStats, FastPathStatus, FlowList, RuleCounterList } from './fastpath.schemas.ts';
import type { Action__Output } from './gen/fastpath/v1/Action.ts';
import type { FlowStats__Output } from './gen/fastpath/v1/FlowStats.ts';
import type { ListRuleCountersResponse__Output } from './gen/fastpath/v1/ListRuleCountersResponse.ts';
import type { Mode__Output } from './gen/fastpath/v1/Mode.ts';
import type { Stats__Output } from './gen/fastpath/v1/Stats.ts';
import type { Verdict__Output } from './gen/fastpath/v1/Verdict.ts';
import { type InstanceView, isInSync } from './instance-view.ts';
import type { RuleSetVersion } from './rule-set.ts';
import type { Watched } from './watch.ts';

type Verdict = FlowList['items'][number]['verdict'];

const ACTION: Record<Action__Output, Verdict['action']> = {
  // Without a matching rule a packet is allowed.
  ACTION_UNSPECIFIED: 'allow',
  ACTION_ALLOW: 'allow',
  ACTION_DROP: 'drop',
  ACTION_RATE_LIMIT: 'rate_limit',
};

const MODE: Record<Mode__Output, 'udp' | 'afxdp' | null> = {
  MODE_UNSPECIFIED: null,
  MODE_UDP: 'udp',
  MODE_AFXDP: 'afxdp',
};

export function verdictView(verdict: Verdict__Output | null): Verdict {
  return { action: ACTION[verdict?.action ?? 'ACTION_UNSPECIFIED'], rule_id: verdict?.rule_id || null };
}

export function statusView(view: InstanceView, desired: RuleSetVersion): FastPathStatus['instances'][number] {
  const { status } = view;
  return {
    address: view.address,
    reachable: view.reachable,
    ...(view.error !== null && { error: view.error }),
    version: status?.version ?? null,
    instance_id: status?.instance_id ?? null,
    hostname: status?.hostname ?? null,
    started_at: status ? time(status.started_at_ms) : null,
    mode: status ? MODE[status.mode] : null,
    mode_reason: status?.mode_reason ?? null,
    data_addresses: status?.data_addresses ?? [],
    workers: status?.workers ?? 0,
    rule_count: status?.rule_count ?? 0,
    mask_count: status?.mask_count ?? 0,
    generation: status?.generation ?? 0,
    applied: view.applied,
    in_sync: isInSync(view, desired),
    last_seen_at: view.lastSeenAt?.toISOString() ?? null,
  };
}

export function statsView(watched: Watched[], now: Date): FastPathStats {
  const instances = watched.map(instanceStats);
  const sum = instances.reduce(add, noCounters());
  return { time: now.toISOString(), ...sum, instances };
}

export function flowView(instance: string, stats: FlowStats__Output): FlowList['items'][number] {
  const { flow } = stats;
  return {
    instance,
    src_addr: flow?.src_addr ?? '',
    dst_addr: flow?.dst_addr ?? '',
    protocol: flow?.protocol ?? 0,
    src_port: flow?.src_port ?? null,
    dst_port: flow?.dst_port ?? null,
    packets: stats.packets,
    bytes: stats.bytes,
    dropped_packets: stats.dropped_packets,
    first_seen_at: time(stats.first_seen_ms),
    last_seen_at: time(stats.last_seen_ms),
    verdict: verdictView(stats.verdict),
  };
}

type RuleCounter = RuleCounterList['items'][number];

/** Adds up the counters of these rules over all instances; rules that none of them counts are left out. */
export function countersView(
  parts: ListRuleCountersResponse__Output[],
  ids: readonly string[],
): Omit<RuleCounterList, 'unreachable'> {
  const sums = sumByRule(parts);
  return {
    // A fast path of an older release answers every rule.
    items: [...new Set(ids)].flatMap((id) => sums.get(id) ?? []),
    unmatched: {
      packets: parts.reduce((sum, part) => sum + part.unmatched_packets, 0),
      bytes: parts.reduce((sum, part) => sum + part.unmatched_bytes, 0),
    },
  };
}

/** Ids of the `limit` rules with the most packets of all that the instances name, most first. */
export function busiest(parts: ListRuleCountersResponse__Output[], limit: number): string[] {
  return [...sumByRule(parts).values()]
    .sort((a, b) => b.packets - a.packets)
    .slice(0, limit)
    .map(({ rule_id }) => rule_id);
}

function sumByRule(parts: ListRuleCountersResponse__Output[]): Map<string, RuleCounter> {
  const sums = new Map<string, RuleCounter>();
  for (const { rule_id, packets, bytes, dropped_packets } of parts.flatMap(({ counters }) => counters)) {
    const sum = sums.get(rule_id) ?? { rule_id, packets: 0, bytes: 0, dropped_packets: 0 };
    sum.packets += packets;
    sum.bytes += bytes;
    sum.dropped_packets += dropped_packets;
    sums.set(rule_id, sum);
  }
  return sums;
}

type Counters = Omit<FastPathStats, 'time' | 'instances'>;

function noCounters(): Counters {
  return {
    rx_packets: 0,
    rx_bytes: 0,
    tx_packets: 0,
    tx_bytes: 0,
    consumed_packets: 0,
    passed_packets: 0,
    drops: {},
    flows_active: 0,
    flows_evicted: 0,
  };
}

function instanceStats({ address, stats, error }: Watched): FastPathStats['instances'][number] {
  return {
    address,
    reachable: stats !== null,
    ...(error !== null && { error }),
    time: stats ? time(stats.time_ms) : null,
    ...(stats ? counters(stats) : noCounters()),
  };
}

function counters(stats: Stats__Output): Counters {
  return {
    rx_packets: stats.rx_packets,
    rx_bytes: stats.rx_bytes,
    tx_packets: stats.tx_packets,
    tx_bytes: stats.tx_bytes,
    consumed_packets: stats.consumed_packets,
    passed_packets: stats.passed_packets,
    drops: Object.fromEntries(stats.drops.map(({ reason, packets }) => [reason, packets])),
    flows_active: stats.flows_active,
    flows_evicted: stats.flows_evicted,
  };
}

function add(sum: Counters, part: Counters): Counters {
  const drops = { ...sum.drops };
  for (const [reason, packets] of Object.entries(part.drops)) drops[reason] = (drops[reason] ?? 0) + packets;
  return {
    rx_packets: sum.rx_packets + part.rx_packets,
    rx_bytes: sum.rx_bytes + part.rx_bytes,
    tx_packets: sum.tx_packets + part.tx_packets,
    tx_bytes: sum.tx_bytes + part.tx_bytes,
    consumed_packets: sum.consumed_packets + part.consumed_packets,
    passed_packets: sum.passed_packets + part.passed_packets,
    drops,
    flows_active: sum.flows_active + part.flows_active,
    flows_evicted: sum.flows_evicted + part.flows_evicted,
  };
}

/** The instants that RFC 3339 can write, in milliseconds: until the end of the year 9999. */
const LAST_INSTANT = 253_402_300_799_999;

/** Clamped: Date throws on what a broken fast path may send, and one bad figure must not take the view away. */
function time(ms: number): string {
  return new Date(Math.min(Math.max(ms, 0), LAST_INSTANT)).toISOString();
}
