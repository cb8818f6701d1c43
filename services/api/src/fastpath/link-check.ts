import type { CheckResult } from '../health.ts';
import { isInSync } from './instance-view.ts';
import type { Reconciler } from './reconciler.ts';
import type { RuleSource } from './rule-set.ts';

/** Readiness of the link: what an operator has to know when an instance does not enforce the current rules. */
export async function linkCheck(reconciler: Reconciler, source: RuleSource): Promise<CheckResult> {
  const desired = await source.version();
  const views = reconciler.views();
  if (views.length === 0) return { ok: false, reason: 'no fast-path instance is known yet' };
  const reasons = views.flatMap((view) => {
    if (!view.reachable) return [`${view.address} is not reachable: ${view.error}`];
    if (isInSync(view, desired)) return [];
    const applied = view.applied ? `revision ${view.applied.revision}` : 'no rules';
    return [
      `${view.address} enforces ${applied}, not ${desired.revision}${view.error ? `: ${view.error}` : ''}`,
    ];
  });
  return reasons.length === 0 ? { ok: true } : { ok: false, reason: reasons.join('; ') };
}
