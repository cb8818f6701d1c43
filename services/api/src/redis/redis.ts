import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { CheckResult } from '../health.ts';
import { createBreaker } from './breaker.ts';
import { publicReason, refusalOf } from './failure.ts';
import type { RedisConfig } from './redis-config.ts';
import { SCRIPTS, type ScriptedRedis } from './scripts.ts';

/** Longer than this nobody waits for Redis: the database is quicker. */
export const COMMAND_TIMEOUT_MS = 100;
/** So long nobody asks after a failure; then one request tries again. */
const BREAKER_REST_MS = 1000;
const CONNECT_TIMEOUT_MS = 2000;
const HANDSHAKE_TIMEOUT_MS = 1000;
const LONGEST_RECONNECT_PAUSE_MS = 1000;
/** Readiness tells of a refusal for so long. */
const LATELY_MS = 60_000;

/**
 * Redis has no answer, for whatever reason. Never the error of the client library as `cause`: that holds the command
 * with its arguments, and one of the commands is AUTH with the password.
 */
export class RedisUnavailable extends Error {
  override readonly name = 'RedisUnavailable';
}

/** A Redis that may be away at any time. Whoever asks must know what to do without an answer. */
export interface RedisLink {
  /**
   * Runs a command, for COMMAND_TIMEOUT_MS at most. A command that timed out may still be carried out, at any later
   * time. `run` names the life of the server: keys that contain it do not come back with a server that was restarted
   * from an old snapshot, nor with a replica that took over.
   * `urgent` asks also while the others rest.
   * @throws RedisUnavailable
   */
  ask<T>(
    command: (redis: ScriptedRedis, run: string) => Promise<T>,
    options?: { urgent?: boolean },
  ): Promise<T>;
  /** Begins to connect. */
  open(): void;
  /** Asks now, whether it answers. */
  check(): Promise<CheckResult>;
  /** What requests meet: connected and answering, resting after a failure, or not connected. */
  state(): 'up' | 'resting' | 'away';
  close(): void;
}

class TimedOut extends Error {
  constructor() {
    super(`no answer within ${COMMAND_TIMEOUT_MS} ms`);
  }
}

/** Alive, and of no use: what it holds is the master's, and it takes nothing from us. */
class NotMaster extends Error {
  constructor() {
    super('it is a replica, which takes no changes');
  }
}

interface Watchers {
  log: Logger;
  onFailure(): void;
}

/** Connects in the background, and again whenever the connection is lost. */
export function openRedis(config: RedisConfig, { log, onFailure }: Watchers): RedisLink {
  // For the log. Readiness is public and says only what is wrong.
  const where = `redis at ${config.host}:${config.port}`;
  const breaker = createBreaker(BREAKER_REST_MS);
  let run: string | null = null;
  let reason = 'not connected yet';
  let refused = { code: '', until: 0 };
  const redis = connect(config);

  function lost(error: Error): void {
    const words =
      error instanceof TimedOut || error instanceof NotMaster ? error.message : publicReason(error);
    if (run !== null || reason === 'not connected yet')
      log.warn({ reason: error.message }, `${where} is away: sessions are read from the database`);
    run = null;
    reason = words;
  }
  /** After a pause: one that answers at once and is wrong would be asked without end. */
  function reconnectLater(): void {
    setTimeout(
      () => run === null && redis.status === 'ready' && redis.disconnect(true),
      BREAKER_REST_MS,
    ).unref();
  }
  redis.on('error', lost);
  redis.on('close', () => run !== null && lost(new Error('the connection was closed')));
  redis.on('ready', async () => {
    try {
      run = runId(await redis.info());
      breaker.succeeded();
      log.info(`${where} answers`);
    } catch (error) {
      lost(error as Error);
      reconnectLater();
    }
  });

  function failed(error: Error, again: boolean): RedisUnavailable {
    onFailure();
    const refusal = refusalOf(error);
    if (refusal) return refusedBy(refusal, again);
    breaker.failed();
    reason = error instanceof TimedOut ? error.message : publicReason(error);
    // A connection on which nothing came back for the second time may be dead for good: a new one will tell.
    if (again && error instanceof TimedOut && run !== null) {
      lost(error);
      redis.disconnect(true);
    }
    return new RedisUnavailable(reason);
  }

  /** A refusal is an answer, and quick: nobody has to be kept from asking, and other commands may well succeed. */
  function refusedBy(code: string, again: boolean): RedisUnavailable {
    if (again) breaker.succeeded();
    const now = performance.now();
    if (code !== refused.code || now >= refused.until) log.warn({ code }, `${where} refuses commands`);
    refused = { code, until: now + LATELY_MS };
    if (code === 'READONLY') demoted();
    return new RedisUnavailable(`it refuses (${code})`);
  }

  /** The master has become a replica: behind the same address there may be another one by now. */
  function demoted(): void {
    if (run === null) return;
    lost(new NotMaster());
    reconnectLater();
  }

  const link: RedisLink = {
    async ask(command, { urgent = false } = {}) {
      if (run === null || (!urgent && !breaker.permits())) throw new RedisUnavailable(reason);
      const again = breaker.open;
      try {
        const answer = await inTime(command(redis, run));
        if (again) breaker.succeeded();
        return answer;
      } catch (error) {
        throw failed(error as Error, again);
      }
    },
    // A failure is told by the event and followed by further tries.
    open: () => void redis.connect().catch(() => undefined),
    async check() {
      try {
        const info = await link.ask((client) => client.info('replication'), { urgent: true });
        if (isReplica(info)) demoted();
        if (run === null) throw new RedisUnavailable(reason);
      } catch (error) {
        return { ok: false, reason: `${(error as Error).message}; sessions are read from the database` };
      }
      if (performance.now() >= refused.until) return { ok: true };
      return { ok: false, reason: `it has refused commands within the last minute (${refused.code})` };
    },
    state() {
      if (run === null) return 'away';
      return breaker.open ? 'resting' : 'up';
    },
    close() {
      run = null;
      reason = 'closed';
      redis.disconnect();
    },
  };
  return link;
}

function connect(config: RedisConfig): ScriptedRedis {
  const options = {
    host: config.host,
    port: config.port,
    db: config.database,
    ...(config.username !== undefined && { username: config.username }),
    ...(config.password !== undefined && { password: config.password }),
    ...(config.tls && { tls: {} }),
    commandTimeout: HANDSHAKE_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 10), LONGEST_RECONNECT_PAUSE_MS),
    lazyConnect: true,
    // A command belongs to the server it was meant for, and nobody waits for a connection.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    scripts: SCRIPTS,
  };
  return new Redis(options) as unknown as ScriptedRedis;
}

/**
 * After the time is over the sockets are read once more: when it was this process that was busy, the answer is there
 * and Redis is not to blame.
 */
function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(new TimedOut())), COMMAND_TIMEOUT_MS);
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

const isReplica = (info: string) => /^role:slave/m.test(info);

/** @throws NotMaster */
function runId(info: string): string {
  if (isReplica(info)) throw new NotMaster();
  const id = /^run_id:(\w+)/m.exec(info)?.[1];
  if (id === undefined) throw new Error('INFO does not tell the run_id');
  return id;
}
