import type { Logger } from 'pino';
import { unavailability } from './db/errors.ts';

/** `ok: false` on a needed check means not ready; on any other it means degraded (still ready). */
export interface CheckResult {
  ok: boolean;
  /** Anybody may read it: what is wrong, but no host, no address, no message of a library. */
  reason?: string;
}

interface Check {
  name: string;
  /** Can we serve without it? */
  needed: boolean;
  run(): Promise<CheckResult> | CheckResult;
}

export interface Readiness {
  status: 'ready' | 'degraded' | 'not_ready';
  checks: Record<string, CheckResult>;
}

export interface Health {
  register(check: Check): void;
  readiness(): Promise<Readiness>;
}

const CHECK_TIMEOUT_MS = 3000;

export function createHealth(stopping: AbortSignal, log?: Logger): Health {
  const failing = new Map<string, string>();

  /** Once for each thing that is wrong, not for each probe that meets it. */
  function report(name: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (failing.get(name) === message) return;
    failing.set(name, message);
    log?.warn({ check: name, err: error }, 'a check of readiness failed');
  }

  /** The result, also when the check throws: the log says what. */
  async function result(check: Check): Promise<CheckResult> {
    try {
      const answer = await inTime(check);
      failing.delete(check.name);
      return answer;
    } catch (error) {
      report(check.name, error);
      return { ok: false, reason: unavailability(error)?.sentence ?? 'it could not be checked: see the log' };
    }
  }

  const checks: Check[] = [
    {
      name: 'running',
      needed: true,
      run: () => (stopping.aborted ? { ok: false, reason: 'shutting down' } : { ok: true }),
    },
  ];
  return {
    register: (check) => void checks.push({ ...check, run: oneAtATime(() => result(check)) }),
    async readiness() {
      const results = await Promise.all(checks.map(async (check) => ({ check, result: await check.run() })));
      const failed = results.filter(({ result }) => !result.ok);
      const down = failed.some(({ check }) => check.needed);
      return {
        status: down ? 'not_ready' : failed.length > 0 ? 'degraded' : 'ready',
        checks: Object.fromEntries(results.map(({ check, result }) => [check.name, result])),
      };
    },
  };
}

/** Anybody may ask, unlimited: all who ask at the same time get one answer, or they would empty the pool. */
function oneAtATime(run: () => Promise<CheckResult>): () => Promise<CheckResult> {
  let running: Promise<CheckResult> | undefined;
  return () => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function inTime(check: Check): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, reason: `no answer within ${CHECK_TIMEOUT_MS} ms` }),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([Promise.resolve(check.run()), late]);
  } finally {
    clearTimeout(timer);
  }
}
