// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { CaptureFilter as _fastpath_v1_CaptureFilter, CaptureFilter__Output as _fastpath_v1_CaptureFilter__Output } from '../../fastpath/v1/CaptureFilter.ts';

export interface CaptureRequest {
  'filter'?: (_fastpath_v1_CaptureFilter | null);
  'snap_length'?: (number);
  'max_packets'?: (number);
  'max_duration_ms'?: (number);
}

export interface CaptureRequest__Output {
  'filter': (_fastpath_v1_CaptureFilter__Output | null);
  'snap_length': (number);
  'max_packets': (number);
  'max_duration_ms': (number);
}
