// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { RuleSetVersion as _fastpath_v1_RuleSetVersion, RuleSetVersion__Output as _fastpath_v1_RuleSetVersion__Output } from '../../fastpath/v1/RuleSetVersion.ts';
import type { Long } from '@grpc/proto-loader';

export interface ApplyRulesResponse {
  'version'?: (_fastpath_v1_RuleSetVersion | null);
  'generation'?: (number | string | Long);
  'changed'?: (boolean);
}

export interface ApplyRulesResponse__Output {
  'version': (_fastpath_v1_RuleSetVersion__Output | null);
  'generation': (number);
  'changed': (boolean);
}
