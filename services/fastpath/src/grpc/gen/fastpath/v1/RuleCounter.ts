// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Long } from '@grpc/proto-loader';

export interface RuleCounter {
  'rule_id'?: (string);
  'packets'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  'dropped_packets'?: (number | string | Long);
}

export interface RuleCounter__Output {
  'rule_id': (string);
  'packets': (number);
  'bytes': (number);
  'dropped_packets': (number);
}
