// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Protocol as _fastpath_v1_Protocol, Protocol__Output as _fastpath_v1_Protocol__Output } from '../../fastpath/v1/Protocol.ts';

export interface CaptureFilter {
  'host_cidr'?: (string);
  'protocol'?: (_fastpath_v1_Protocol);
  'port'?: (number);
  'rule_id'?: (string);
  'dropped_only'?: (boolean);
  '_port'?: "port";
}

export interface CaptureFilter__Output {
  'host_cidr': (string);
  'protocol': (_fastpath_v1_Protocol__Output);
  'port'?: (number);
  'rule_id': (string);
  'dropped_only': (boolean);
  '_port'?: "port";
}
