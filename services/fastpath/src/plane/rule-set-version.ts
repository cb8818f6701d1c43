import { AppError } from '../errors.ts';

/** Names one rule set. An empty source: none has been applied yet. */
export type RuleSetVersion = { readonly source_id: string; readonly revision: number };

export const NO_RULES: RuleSetVersion = { source_id: '', revision: 0 };

/**
 * Whether `next` has to be applied over `current`. Revisions of different sources cannot be compared, so another
 * source always wins.
 * @throws AppError `rules_outdated` for an older revision of the same source: late writers never win.
 */
export function isNewer(next: RuleSetVersion, current: RuleSetVersion): boolean {
  if (next.source_id !== current.source_id) return true;
  if (next.revision < current.revision) {
    throw new AppError(
      'rules_outdated',
      `version.revision: ${next.revision} is older than ${current.revision}, which is in force`,
    );
  }
  return next.revision > current.revision;
}
