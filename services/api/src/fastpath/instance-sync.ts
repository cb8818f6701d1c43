import { status } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { describeGrpcError, grpcCode } from './grpc-errors.ts';
import type { InstanceClient } from './instance-client.ts';
import type { InstanceView } from './instance-view.ts';
import type { FastPathMetrics } from './metrics.ts';
import { type RuleSetVersion, type RuleSource, type SharedRuleSet, sameVersion } from './rule-set.ts';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 1_000;
/** Rounds of look-and-apply in one run; while rules change all the time a further run follows soon. */
const MAX_ROUNDS = 5;
/** Revisions that a restored database can be behind. Following any number would use up the column for good. */
const MAX_LEAD = 1e9;
/** How long a rule set that an instance calls invalid is not sent to it again. */
const REFUSAL_MS = 30_000;

export interface InstanceSync {
  view(): InstanceView;
  /** Looks now whether the instance enforces the current rule set, and brings it there. Never throws. */
  check(): void;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface InstanceSyncOptions {
  source: RuleSource;
  rules: SharedRuleSet;
  intervalMs: number;
  log: Logger;
  metrics: FastPathMetrics;
}

/** The same rules would be refused again: loading and sending 100,000 of them every second helps nobody. */
interface Refusal {
  error: unknown;
  version: RuleSetVersion;
  instanceId: string;
  at: number;
}

function stillStands({ version, instanceId, at }: Refusal, toId: string, desired: RuleSetVersion): boolean {
  return instanceId === toId && sameVersion(version, desired) && performance.now() - at < REFUSAL_MS;
}

/**
 * Keeps one instance at the current revision. It compares states and remembers no events, so it does not matter
 * what was missed, who else (another API replica) is applying, or how often the instance starts anew. Each
 * instance has its own: a slow or dead one delays no other.
 */
export function createInstanceSync(client: InstanceClient, options: InstanceSyncOptions): InstanceSync {
  const { source, rules, intervalMs, log, metrics } = options;
  const stopping = new AbortController();
  const view: InstanceView = {
    address: client.address,
    reachable: false,
    error: 'not asked yet',
    status: null,
    applied: null,
    lastSeenAt: null,
  };
  let running: Promise<void> | null = null;
  let again = false;
  let failures = 0;
  let refusal: Refusal | null = null;
  let retry: NodeJS.Timeout | undefined;

  async function look(): Promise<RuleSetVersion | null> {
    try {
      view.status = await client.getStatus(stopping.signal);
    } catch (error) {
      view.reachable = false;
      view.applied = null;
      throw error;
    }
    view.reachable = true;
    view.lastSeenAt = new Date();
    view.applied = view.status.rules?.source_id ? view.status.rules : null;
    return view.applied;
  }

  async function apply(desired: RuleSetVersion): Promise<void> {
    const instanceId = view.status?.instance_id ?? '';
    if (refusal && stillStands(refusal, instanceId, desired)) throw refusal.error;
    const set = await rules.get(desired);
    try {
      await client.applyRules(set.message, stopping.signal);
      refusal = null;
      log.info(
        { instance: view.address, ...set.version, rules: set.count, bytes: set.message.length },
        'rule set applied',
      );
    } catch (error) {
      if (grpcCode(error) === status.INVALID_ARGUMENT) {
        refusal = { error, version: set.version, instanceId, at: performance.now() };
      }
      // Somebody applied a newer revision meanwhile: the next round reads what is current now.
      if (grpcCode(error) !== status.FAILED_PRECONDITION) throw error;
    }
  }

  // The instance was asked before the database, and nobody applies what is not committed. So an instance that is
  // ahead proves that the database went back (a restored backup): left alone it would refuse every later change.
  async function overtake(applied: RuleSetVersion, desired: RuleSetVersion): Promise<void> {
    if (applied.revision - desired.revision > MAX_LEAD)
      throw new Error(`claims revision ${applied.revision}, which no database can have reached`);
    log.warn(
      { instance: view.address, ...applied },
      'fast path is ahead of the database: lifting the revision',
    );
    await source.raiseAbove(applied.revision);
  }

  async function bringUpToDate(): Promise<'unchanged' | 'applied'> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const applied = await look();
      const desired = await source.version();
      if (sameVersion(applied, desired)) return round === 0 ? 'unchanged' : 'applied';
      const ahead = applied?.source_id === desired.source_id && applied.revision > desired.revision;
      if (applied && ahead) await overtake(applied, desired);
      else await apply(desired);
    }
    retry = setTimeout(check, FIRST_RETRY_MS);
    return 'applied';
  }

  async function run(): Promise<void> {
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    try {
      metrics.reconciled(await bringUpToDate(), seconds());
      if (failures > 0) log.info({ instance: view.address }, 'fast path is back');
      failures = 0;
      view.error = null;
    } catch (error) {
      if (stopping.signal.aborted) return;
      metrics.reconciled('failed', seconds());
      view.error = describeGrpcError(error);
      failures += 1;
      // A stack belongs to a defect of ours, not to an instance that is away.
      const defect = grpcCode(error) === null && { err: error };
      const { address: instance, error: reason } = view;
      if (failures === 1) log.warn({ ...defect, instance, reason }, 'fast path cannot be brought up to date');
      retry = setTimeout(check, Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS, intervalMs));
    }
  }

  function check(): void {
    if (stopping.signal.aborted) return;
    clearTimeout(retry);
    if (running) {
      again = true;
      return;
    }
    again = false;
    running = run().finally(() => {
      running = null;
      if (again) check();
    });
  }

  async function idle(): Promise<void> {
    while (running) await running;
  }

  return {
    view: () => view,
    check,
    idle,
    stop: async () => {
      clearTimeout(retry);
      stopping.abort();
      await idle();
      clearTimeout(retry);
    },
  };
}
