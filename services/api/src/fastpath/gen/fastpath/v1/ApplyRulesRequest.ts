// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { RuleSetVersion as _fastpath_v1_RuleSetVersion, RuleSetVersion__Output as _fastpath_v1_RuleSetVersion__Output } from '../../fastpath/v1/RuleSetVersion.ts';
import type { Rule as _fastpath_v1_Rule, Rule__Output as _fastpath_v1_Rule__Output } from '../../fastpath/v1/Rule.ts';

export interface ApplyRulesRequest {
  'version'?: (_fastpath_v1_RuleSetVersion | null);
  'rules'?: (_fastpath_v1_Rule)[];
}

export interface ApplyRulesRequest__Output {
  'version': (_fastpath_v1_RuleSetVersion__Output | null);
  'rules': (_fastpath_v1_Rule__Output)[];
}
