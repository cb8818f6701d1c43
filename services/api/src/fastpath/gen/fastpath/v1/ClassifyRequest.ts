// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Flow as _fastpath_v1_Flow, Flow__Output as _fastpath_v1_Flow__Output } from '../../fastpath/v1/Flow.ts';

export interface ClassifyRequest {
  'flows'?: (_fastpath_v1_Flow)[];
}

export interface ClassifyRequest__Output {
  'flows': (_fastpath_v1_Flow__Output)[];
}
