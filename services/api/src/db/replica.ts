import { setTimeout as sleep } from 'node:timers/promises';
import createKnex, { type Knex } from 'knex';
import type { ServerConfig } from './database-config.ts';
import { knexConfig } from './dialect.ts';
import { spoilsConnection, unavailability } from './errors.ts';
import { createFreshness, logPosition } from './freshness.ts';
import type { Queryable } from './transaction.ts';

/**
 * Reads that may be a moment old go to a streaming replica of PostgreSQL. It never decides about rights and is never
 * needed: whoever must see the newest state, has just written, or finds it late or gone, reads from the primary.
 */

/** A replica further behind is not read from. */
const MAX_LAG_MS = 2000;
/**
 * An entry of the audit log is dated before its transaction commits, perhaps by another process whose clock differs:
 * a write counts as contained only when the replica is fresher than it by so much.
 */
const OWN_WRITE_MARGIN_MS = 10_000;
const PROBE_MS = 500;
const MAX_PAUSE_MS = 15_000;
/** A read that the replica has not answered by then is asked of the primary too. */
const PATIENCE_MS = 3000;

/** Why a read went where it went. */
export const READ_ROUTES = {
  replica: ['fresh'],
  primary: ['pinned', 'own_write', 'lagging', 'away', 'failed'],
} as const;
type PrimaryReason = (typeof READ_ROUTES.primary)[number];

/** A reader that must see the newest state: sessions, the reconciler, whatever decides about rights. */
export const PRIMARY = Symbol('primary');

/** Who reads: when he last wrote (epoch ms; null = never), so that he reads his own writes. A Caller is one. */
export type Reader = { readonly lastWriteAt: number | null } | typeof PRIMARY;

export interface ReplicaHealth {
  state: 'fresh' | 'lagging' | 'away';
  /** How old its answers may be at this moment; null while nobody knows. */
  lagMs: number | null;
  /** Why it is not used. */
  reason?: string;
}

export interface Replica {
  /** Runs `query` on the replica, or `onPrimary`. */
  read<T>(reader: Reader, query: (db: Queryable) => Promise<T>, onPrimary: () => Promise<T>): Promise<T>;
  health(): ReplicaHealth;
  /** Reads so far, by target and reason. */
  counts(): { target: string; why: string; count: number }[];
  close(): Promise<void>;
}

/** For a configuration that has a replica. */
export function createReplica(config: ServerConfig, log: Knex.Logger): Replica {
  const pools = openPools(config, log);
  const freshness = createFreshness();
  const counts = new Map<string, number>();
  const stopping = new AbortController();
  let failure: string | undefined;
  /** Of the primary's cluster: all that follow it have the same. */
  let system: string | undefined;
  let probing: Promise<void> | undefined;

  function count(target: keyof typeof READ_ROUTES, why: string): void {
    const key = `${target} ${why}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }

  function state(): ReplicaHealth['state'] {
    if (failure !== undefined || freshness.asOf === null) return 'away';
    return Date.now() - freshness.asOf > MAX_LAG_MS ? 'lagging' : 'fresh';
  }

  function route(reader: Reader): 'fresh' | PrimaryReason {
    if (typeof reader === 'symbol') return 'pinned';
    const now = state();
    if (now !== 'fresh') return now;
    const { lastWriteAt } = reader;
    const contained = lastWriteAt === null || lastWriteAt < freshness.asOf! - OWN_WRITE_MARGIN_MS;
    return contained ? 'fresh' : 'own_write';
  }

  function away(error: unknown): void {
    freshness.forget();
    failure =
      error instanceof NotOurs
        ? 'It is a standby of another server.'
        : (unavailability(error)?.sentence ?? 'It answers with errors.');
  }

  /** Asks both servers again and again; with growing pauses while the replica fails. */
  async function probe(): Promise<void> {
    let pauseMs = PROBE_MS;
    while (!stopping.signal.aborted) {
      try {
        await probeOnce();
        pauseMs = PROBE_MS;
      } catch (error) {
        away(error);
        pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
      }
      await sleep(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  async function probeOnce(): Promise<void> {
    const at = Date.now();
    // While the primary does not answer nothing is known to be fresh; that is not the replica's fault.
    const primary = await currentPosition(pools.primaryProbe).catch(() => undefined);
    if (primary) {
      freshness.primaryAt(at, primary.position);
      system = primary.system;
    }
    const replica = await replayedPosition(pools.replicaProbe);
    // Its positions are of another history, and what it holds is somebody else's.
    if (system !== undefined && replica.system !== system) throw new NotOurs();
    freshness.replayed(replica.position);
    failure = undefined;
  }

  return {
    async read(reader, query, onPrimary) {
      probing ??= probe();
      const why = route(reader);
      if (why === 'fresh') {
        try {
          const answer = await withPatience(query(pools.replica));
          count('replica', why);
          return answer;
        } catch (error) {
          // A conflict with what is being replayed, a table that it does not have yet or a slow query is no reason to
          // leave it; one that hangs will soon be too old.
          if (spoilsConnection(error)) away(error);
        }
      }
      count('primary', why === 'fresh' ? 'failed' : why);
      return onPrimary();
    },

    health() {
      probing ??= probe();
      const lagMs = freshness.asOf === null ? null : Date.now() - freshness.asOf;
      const now = state();
      if (now === 'fresh') return { state: now, lagMs };
      if (now === 'lagging') return { state: now, lagMs, reason: `it is ${lagMs} ms behind` };
      return { state: now, lagMs, reason: failure ?? 'it has not caught up yet' };
    },

    counts() {
      return [...counts].map(([key, count]) => {
        const [target = '', why = ''] = key.split(' ');
        return { target, why, count };
      });
    },

    async close() {
      stopping.abort();
      await probing;
      await Promise.all(Object.values(pools).map((pool) => pool.destroy()));
    },
  };
}

/** The probes have connections of their own: a busy pool must not make the replica look old. */
function openPools(config: ServerConfig, log: Knex.Logger) {
  const acquireTimeoutMs = Math.min(config.acquireTimeoutMs, 1000);
  const open = (address: object, size: number, standby: boolean) => {
    const options = { ...config, ...address, acquireTimeoutMs, poolSize: size };
    return createKnex({ ...knexConfig(options, { standby, onError: () => {} }), log });
  };
  return {
    replica: open(config.replica!, config.poolSize, true),
    replicaProbe: open({ ...config.replica!, statementTimeoutMs: 2000 }, 1, true),
    primaryProbe: open({ statementTimeoutMs: 2000 }, 1, false),
  };
}

interface Progress {
  /** In the write-ahead log. */
  position: bigint;
  /** `system_identifier` of pg_control_system(). */
  system: string;
}

const SYSTEM = '(select system_identifier::text from pg_control_system()) as system';

async function currentPosition(knex: Knex): Promise<Progress> {
  const { rows } = await knex.raw(`select pg_current_wal_lsn()::text as position, ${SYSTEM}`);
  return { position: logPosition(rows[0].position), system: rows[0].system };
}

async function replayedPosition(knex: Knex): Promise<Progress> {
  const { rows } = await knex.raw(
    `select pg_last_wal_replay_lsn()::text as position, pg_is_in_recovery() as standby, ${SYSTEM}`,
  );
  const { position, standby, system } = rows[0];
  // Promoted, or never a replica: what it holds is another history.
  if (!standby || position === null) throw new Error('The server of DB_REPLICA_URL is not a standby');
  return { position: logPosition(position), system };
}

class NotOurs extends Error {}

/** A replica that hangs must not hold its readers. */
async function withPatience<T>(answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(PATIENCE_MS, undefined, { signal: over.signal, ref: false }).then(() => {
    throw Object.assign(new Error('The replica took too long'), { code: 'PROTOCOL_SEQUENCE_TIMEOUT' });
  });
  answer.catch(() => undefined);
  late.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
}
