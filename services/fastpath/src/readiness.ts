import type { DataPlane } from './plane/data-plane.ts';

export type Check = { readonly ok: boolean; readonly reason?: string };
export type Readiness = {
  readonly status: 'ready' | 'degraded' | 'not_ready';
  readonly checks: Readonly<Record<string, Check>>;
};

/**
 * Whether traffic and calls may come. Without a rule set the service is ready all the same: the API finds
 * instances by the endpoints that are ready, and would never find one that waits for its rules.
 */
export function readiness(plane: DataPlane, draining: boolean): Readiness {
  const running = plane.workers.filter(({ thread }) => thread.running).length;
  const all = plane.workers.length;
  const workers = check(running === all, `${running} of ${all} data workers run`);
  const rules = check(plane.version.source_id !== '', 'no rule set applied yet: everything is allowed');
  const serving = check(!draining, 'shutting down');
  if (draining || running === 0) return { status: 'not_ready', checks: { serving, workers, rules } };
  const status = workers.ok && rules.ok ? 'ready' : 'degraded';
  return { status, checks: { serving, workers, rules } };
}

function check(ok: boolean, reason: string): Check {
  return ok ? { ok } : { ok, reason };
}
