import type { RuleEntry } from '../engine/rule-book.ts';
import type { RuleCounts } from '../engine/rule-counters.ts';
import { topIndexes } from '../engine/top-indexes.ts';
import type { DataPlane } from './data-plane.ts';

/** A rule in force and what it has decided so far. */
export interface CountedRule extends RuleCounts {
  readonly id: string;
}

// Neither lets go of the event loop: before its next turn a slot may belong to another rule.

/** Counters of these rules, each once; of every rule in force for an empty list. */
export function countRules(plane: DataPlane, ids: readonly string[]): CountedRule[] {
  return wanted(plane, ids).map((rule) => counted(plane, rule));
}

/** Those of `countRules` with the most packets, most first. */
export function busiestRules(plane: DataPlane, ids: readonly string[], limit: number): CountedRule[] {
  const rules = wanted(plane, ids);
  const packets = Float64Array.from(rules, ({ slot }) => plane.ruleCounters.read(slot).packets);
  return topIndexes(packets, limit, () => true).map((index) => counted(plane, rules[index]));
}

function wanted({ rules }: DataPlane, ids: readonly string[]): readonly RuleEntry[] {
  return ids.length === 0 ? rules.rules : [...new Set(ids)].flatMap((id) => rules.rule(id) ?? []);
}

function counted({ ruleCounters }: DataPlane, { id, slot }: RuleEntry): CountedRule {
  return { id, ...ruleCounters.read(slot) };
}
