// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Action as _fastpath_v1_Action, Action__Output as _fastpath_v1_Action__Output } from '../../fastpath/v1/Action.ts';

export interface Verdict {
  'action'?: (_fastpath_v1_Action);
  'rule_id'?: (string);
}

export interface Verdict__Output {
  'action': (_fastpath_v1_Action__Output);
  'rule_id': (string);
}
