import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import type { RuleSetVersion } from '../../plane/rule-set-version.ts';
import type { ApplyRulesRequest__Output } from '../gen/fastpath/v1/ApplyRulesRequest.ts';
import type { ApplyRulesResponse } from '../gen/fastpath/v1/ApplyRulesResponse.ts';
import { toRules } from '../rule-messages.ts';

/** Replaces the rule set; answers when every worker enforces it. */
export function applyRules({ config, plane }: Context) {
  return async (request: ApplyRulesRequest__Output): Promise<ApplyRulesResponse> => {
    const version = toVersion(request);
    if (request.rules.length > config.maxRules) {
      throw new AppError('invalid_argument', `rules: more than ${config.maxRules} (MAX_RULES)`);
    }
    const applied = await plane.apply(version, () => toRules(request.rules));
    return { version, ...applied };
  };
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
