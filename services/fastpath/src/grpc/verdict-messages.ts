import { Action } from '../engine/rule.ts';
import type { RuleBook } from '../engine/rule-book.ts';
import type { Verdict } from './gen/fastpath/v1/Verdict.ts';

const ACTION_NAMES = {
  [Action.allow]: 'ACTION_ALLOW',
  [Action.drop]: 'ACTION_DROP',
  [Action.rateLimit]: 'ACTION_RATE_LIMIT',
} as const;

/** No rule (serial 0) allows. A rule that has gone since keeps its action and loses its id. */
export function toVerdict(rules: RuleBook, action: number, serial: number): Verdict {
  if (serial === 0) return { action: 'ACTION_ALLOW', rule_id: '' };
  return { action: ACTION_NAMES[action as Action], rule_id: rules.ruleId(serial) ?? '' };
}
