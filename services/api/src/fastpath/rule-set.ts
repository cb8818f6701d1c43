import type { Rule as WireRule } from './gen/fastpath/v1/Rule.ts';

/** Names one state of the rules. Revisions of different sources (databases) cannot be compared. */
export interface RuleSetVersion {
  source_id: string;
  revision: number;
}

interface RuleSet {
  version: RuleSetVersion;
  rules: WireRule[];
}

/** Where the rules come from: the database. */
export interface RuleSource {
  version(): Promise<RuleSetVersion>;
  /** Version and rules of one moment. */
  load(): Promise<RuleSet>;
  /** Lifts the revision above this one (see instance-sync.ts). */
  raiseAbove(revision: number): Promise<void>;
}

export interface SharedRuleSet {
  /** A rule set at least as new as `wanted`; instances that ask together share one load. */
  get(wanted: RuleSetVersion): Promise<RuleSet>;
  /** Forgets the set: kept only while instances are being brought up to date, because it can be large. */
  release(): void;
}

export function sameVersion(a: RuleSetVersion | null, b: RuleSetVersion | null): boolean {
  return a !== null && b !== null && a.source_id === b.source_id && a.revision === b.revision;
}

export function createSharedRuleSet(source: RuleSource): SharedRuleSet {
  let latest: Promise<RuleSet> | null = null;

  async function get(wanted: RuleSetVersion): Promise<RuleSet> {
    while (latest !== null) {
      const current: Promise<RuleSet> = latest;
      // A load that began earlier may be too old for this caller, or may have failed for a passing reason.
      const held = await current.catch(() => null);
      if (held && held.version.source_id === wanted.source_id && held.version.revision >= wanted.revision) {
        return held;
      }
      if (latest === current) break;
    }
    latest = source.load();
    return latest;
  }

  return {
    get,
    release: () => {
      latest = null;
    },
  };
}
