import type { GetStatusResponse__Output } from './gen/fastpath/v1/GetStatusResponse.ts';
import { type RuleSetVersion, sameVersion } from './rule-set.ts';

/** What this process last heard from one instance. */
export interface InstanceView {
  address: string;
  reachable: boolean;
  error: string | null;
  status: GetStatusResponse__Output | null;
  applied: RuleSetVersion | null;
  lastSeenAt: Date | null;
}

export function isInSync({ reachable, applied }: InstanceView, desired: RuleSetVersion): boolean {
  return reachable && sameVersion(applied, desired);
}
