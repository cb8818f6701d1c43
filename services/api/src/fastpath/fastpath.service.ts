import { status as grpcStatus } from '@grpc/grpc-js';
import { AppError } from '../errors.ts';
import type { CaptureSource } from './capture.ts';
import { encodeClassify } from './classify-message.ts';
import type {
  CaptureBody,
  ClassifyBody,
  ClassifyResult,
  FastPathStats,
  FastPathStatus,
  FlowList,
  FlowQuery,
  RuleCounterList,
  RuleCounterQuery,
} from './fastpath.schemas.ts';
import { describeGrpcError, grpcCode } from './grpc-errors.ts';
import type { InstanceClient } from './instance-client.ts';
import { isInSync } from './instance-view.ts';
import type { Instances } from './instances.ts';
import type { Reconciler } from './reconciler.ts';
import type { RuleSource } from './rule-set.ts';
import type { StatsHub } from './stats-hub.ts';
import { busiest, countersView, flowView, statsView, statusView, verdictView } from './views.ts';
import { snapshot } from './watch.ts';

const RETRY_AFTER_S = 2;
/** The most counters of one call, of both parameters of ListRuleCounters. */
const MOST_COUNTERS = 1_000;

/** What the API shows of the fast paths. Every method but status() rejects when no instance answers. */
export interface FastPathViews {
  status(): Promise<FastPathStatus>;
  stats(): Promise<FastPathStats>;
  /** Statistics every second until the returned function is called. */
  watchStats(listener: (stats: FastPathStats) => void): () => void;
  flows(query: FlowQuery): Promise<FlowList>;
  ruleCounters(query: RuleCounterQuery): Promise<RuleCounterList>;
  classify(body: ClassifyBody): Promise<ClassifyResult>;
  /** The captures to open, one for every instance. */
  capture(body: CaptureBody): Promise<CaptureSource[]>;
}

interface ViewsOptions {
  instances: Instances;
  reconciler: Reconciler;
  hub: StatsHub;
  source: RuleSource;
}

export function createFastPathViews({ instances, reconciler, hub, source }: ViewsOptions): FastPathViews {
  /**
   * The instances that answered the reconciler last, because one that hangs would hold up every view until its
   * deadline. If there is none, all: one of them may have come back just now.
   */
  async function candidates(): Promise<{ asked: InstanceClient[]; skipped: string[] }> {
    await reconciler.firstLook();
    const down = new Set(reconciler.views().flatMap((view) => (view.reachable ? [] : [view.address])));
    const all = instances.all();
    const up = all.filter(({ address }) => !down.has(address));
    return up.length > 0 ? { asked: up, skipped: [...down] } : { asked: all, skipped: [] };
  }

  async function askAll<T>(question: (client: InstanceClient) => Promise<T>): Promise<Answers<T>> {
    const { asked, skipped } = await candidates();
    const results = await Promise.allSettled(asked.map(question));
    const answers: Answers<T> = { answered: [], unreachable: skipped };
    const failures: Failure[] = [];
    for (const [index, result] of results.entries()) {
      const address = asked[index]!.address;
      if (result.status === 'fulfilled') answers.answered.push({ address, value: result.value });
      else failures.push({ address, error: result.reason });
    }
    if (answers.answered.length === 0) throw unavailable(failures);
    answers.unreachable.push(...failures.map(({ address }) => address));
    return answers;
  }

  /** Ids of the rules with the most packets: a sum over instances has to be asked for by id. */
  async function busiestRules(limit: number): Promise<string[]> {
    const { answered } = await askAll((client) => client.listRuleCounters({ limit }));
    return busiest(
      answered.map(({ value }) => value),
      limit,
    );
  }

  return {
    async status() {
      await reconciler.firstLook();
      const desired = await source.version();
      return {
        enabled: true,
        desired,
        instances: reconciler.views().map((view) => statusView(view, desired)),
      };
    },

    async stats() {
      const { asked, skipped } = await candidates();
      const watched = await Promise.all(asked.map(snapshot));
      if (watched.every(({ stats }) => stats === null)) {
        throw unavailable(watched.map(({ address, error }) => ({ address, error })));
      }
      const missing = skipped.map((address) => ({ address, stats: null, error: 'not reachable' }));
      return statsView([...watched, ...missing], new Date());
    },

    watchStats: (listener) => hub.subscribe((watched) => listener(statsView(watched, new Date()))),

    async flows({ limit, order }) {
      const request = { limit, order: order === 'bytes' ? 'ORDER_BYTES' : 'ORDER_PACKETS' } as const;
      const { answered, unreachable } = await askAll((client) => client.listFlows(request));
      const flows = answered.flatMap(({ address, value }) =>
        value.flows.map((flow) => flowView(address, flow)),
      );
      const items = flows.sort((a, b) => b[order] - a[order]).slice(0, limit);
      const active = answered.reduce((sum, { value }) => sum + value.flows_active, 0);
      return { items, flows_active: active, unreachable };
    },

    async ruleCounters({ rule_ids, limit }) {
      const ids = rule_ids ?? (await busiestRules(limit));
      // With a limit all the same: no id (there are no rules) would mean all those that have come meanwhile.
      const request = { rule_ids: ids, limit: MOST_COUNTERS };
      const { answered, unreachable } = await askAll((client) => client.listRuleCounters(request));
      return {
        ...countersView(
          answered.map(({ value }) => value),
          ids,
        ),
        unreachable,
      };
    },

    async classify(body) {
      const message = await encodeClassify(body);
      const desired = await source.version();
      const { asked } = await candidates();
      const current = new Set(
        reconciler.views().flatMap((view) => (isInSync(view, desired) ? [view.address] : [])),
      );
      const inOrder = asked.toSorted(
        (a, b) => Number(current.has(b.address)) - Number(current.has(a.address)),
      );
      const failures: Failure[] = [];
      for (const client of inOrder) {
        try {
          const { verdicts, version } = await client.classify(message);
          return { items: verdicts.map(verdictView), version, instance: client.address };
        } catch (error) {
          failures.push({ address: client.address, error });
        }
      }
      throw unavailable(failures);
    },

    async capture({ filter, snap_length, max_packets, max_duration_ms }) {
      const { protocol, ...rest } = filter;
      const { asked } = await candidates();
      if (asked.length === 0) throw unavailable([]);
      const request = {
        filter: { ...rest, ...(protocol && { protocol: WIRE_PROTOCOL[protocol] }) },
        snap_length,
        max_packets,
        max_duration_ms,
      };
      return asked.map((client) => ({ address: client.address, open: () => client.capture(request) }));
    },
  };
}

/** The error that an instance answered a request with, as the API reports it. */
export function unavailable(failures: Failure[]): AppError {
  const causes = failures.map(({ error }) => error);
  const rejected = failures.find(({ error }) => grpcCode(error) === grpcStatus.INVALID_ARGUMENT);
  if (rejected)
    return new AppError('validation_failed', describeGrpcError(rejected.error), { cause: rejected.error });
  const reasons = failures.map(({ address, error }) => `${address} ${describeGrpcError(error)}`);
  const detail = reasons.length > 0 ? reasons.join('; ') : 'No fast-path instance is known';
  return new AppError('fastpath_unavailable', detail, { cause: causes[0], retryAfterS: RETRY_AFTER_S });
}

interface Answers<T> {
  answered: { address: string; value: T }[];
  unreachable: string[];
}

interface Failure {
  address: string;
  error: unknown;
}

const WIRE_PROTOCOL = {
  any: 'PROTOCOL_ANY',
  tcp: 'PROTOCOL_TCP',
  udp: 'PROTOCOL_UDP',
  icmp: 'PROTOCOL_ICMP',
} as const;
