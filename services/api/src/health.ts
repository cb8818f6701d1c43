/** `ok: false` on a needed check means not ready; on any other it means degraded (still ready). */
export interface CheckResult {
  ok: boolean;
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

export function createHealth(stopping: AbortSignal): Health {
  const checks: Check[] = [
    {
      name: 'running',
      needed: true,
      run: () => (stopping.aborted ? { ok: false, reason: 'shutting down' } : { ok: true }),
    },
  ];
  return {
    register: (check) => void checks.push(check),
    async readiness() {
      const results = await Promise.all(checks.map(async (check) => ({ check, result: await run(check) })));
      const failed = results.filter(({ result }) => !result.ok);
      const down = failed.some(({ check }) => check.needed);
      return {
        status: down ? 'not_ready' : failed.length > 0 ? 'degraded' : 'ready',
        checks: Object.fromEntries(results.map(({ check, result }) => [check.name, result])),
      };
    },
  };
}

async function run(check: Check): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, reason: `no answer within ${CHECK_TIMEOUT_MS} ms` }),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([Promise.resolve(check.run()), late]);
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
