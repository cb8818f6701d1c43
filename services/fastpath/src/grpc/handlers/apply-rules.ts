import type { Context } from '../../context.ts';
import { inSlices } from '../../engine/in-slices.ts';
import type { Rule } from '../../engine/rule.ts';
import { AppError } from '../../errors.ts';
import type { RuleSetVersion } from '../../plane/rule-set-version.ts';
import type { ApplyRulesRequest__Output } from '../gen/fastpath/v1/ApplyRulesRequest.ts';
import type { ApplyRulesResponse } from '../gen/fastpath/v1/ApplyRulesResponse.ts';
import { createRuleReader } from '../rule-messages.ts';
import { cutRuleSet } from '../rule-set-message.ts';

type Decode = (message: Buffer) => ApplyRulesRequest__Output;

/** Replaces the rule set; answers when every worker enforces it. The request comes as bytes: see rule-set-message.ts. */
export function applyRules({ config, plane }: Context, decode: Decode) {
  return async (message: Buffer): Promise<ApplyRulesResponse> => {
    const { head, ruleCount, rules } = cutRuleSet(message);
    const version = toVersion(decoded(decode, head));
    if (ruleCount > config.maxRules) {
      throw new AppError('invalid_argument', `rules: more than ${config.maxRules} (MAX_RULES)`);
    }
    const applied = await plane.apply(version, () => inSlices(readRules(rules, decode)));
    return { version, ...applied };
  };
}

function* readRules(pieces: readonly Buffer[], decode: Decode): Generator<void, Rule[]> {
  const reader = createRuleReader();
  for (const piece of pieces) {
    reader.read(decoded(decode, piece).rules);
    yield;
  }
  return reader.finish();
}

function decoded(decode: Decode, bytes: Buffer): ApplyRulesRequest__Output {
  try {
    return decode(bytes);
  } catch (cause) {
    throw new AppError('invalid_argument', `cannot be decoded: ${(cause as Error).message}`, { cause });
  }
}

function toVersion({ version }: ApplyRulesRequest__Output): RuleSetVersion {
  if (version === null || version.source_id === '') {
    throw new AppError('invalid_argument', 'version.source_id: is required');
  }
  if (!Number.isSafeInteger(version.revision)) {
    throw new AppError('invalid_argument', 'version.revision: must be below 2^53');
  }
  return { source_id: version.source_id, revision: version.revision };
}
