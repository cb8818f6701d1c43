import type { Context } from '../../context.ts';
import { classify } from '../../engine/classify.ts';
import { KEY_STRIDE } from '../../engine/packet-key.ts';
import { AppError } from '../../errors.ts';
import type { DataPlane } from '../../plane/data-plane.ts';
import { toKeys } from '../flow-messages.ts';
import type { ClassifyRequest__Output } from '../gen/fastpath/v1/ClassifyRequest.ts';
import type { ClassifyResponse } from '../gen/fastpath/v1/ClassifyResponse.ts';
import { toVerdict } from '../verdict-messages.ts';

const MAX_FLOWS = 10_000;

/** What the rules in force would do. Spends no tokens and counts nothing. */
export function classifyFlows({ plane }: Pick<Context, 'plane'>) {
  return ({ flows }: ClassifyRequest__Output): ClassifyResponse => {
    if (flows.length > MAX_FLOWS) {
      throw new AppError('invalid_argument', `flows: ${flows.length} given, at most ${MAX_FLOWS}`);
    }
    const keys = toKeys(flows);
    return {
      verdicts: flows.map((_, index) => verdictOf(plane, keys, index * KEY_STRIDE)),
      version: plane.version,
    };
  };
}

function verdictOf({ rules }: DataPlane, keys: Uint32Array, at: number) {
  const rank = classify(rules.current, keys, at);
  return rank === -1
    ? toVerdict(rules, 0, 0)
    : toVerdict(rules, rules.current.actions[rank], rules.current.serials[rank]);
}
