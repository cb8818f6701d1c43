// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Verdict as _fastpath_v1_Verdict, Verdict__Output as _fastpath_v1_Verdict__Output } from '../../fastpath/v1/Verdict.ts';
import type { RuleSetVersion as _fastpath_v1_RuleSetVersion, RuleSetVersion__Output as _fastpath_v1_RuleSetVersion__Output } from '../../fastpath/v1/RuleSetVersion.ts';

export interface ClassifyResponse {
  'verdicts'?: (_fastpath_v1_Verdict)[];
  'version'?: (_fastpath_v1_RuleSetVersion | null);
}

export interface ClassifyResponse__Output {
  'verdicts': (_fastpath_v1_Verdict__Output)[];
  'version': (_fastpath_v1_RuleSetVersion__Output | null);
}
