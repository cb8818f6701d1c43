// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Long } from '@grpc/proto-loader';

export interface DropCount {
  'reason'?: (string);
  'packets'?: (number | string | Long);
}

export interface DropCount__Output {
  'reason': (string);
  'packets': (number);
}
