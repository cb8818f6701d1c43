// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Action as _fastpath_v1_Action, Action__Output as _fastpath_v1_Action__Output } from '../../fastpath/v1/Action.ts';
import type { Protocol as _fastpath_v1_Protocol, Protocol__Output as _fastpath_v1_Protocol__Output } from '../../fastpath/v1/Protocol.ts';
import type { PortRange as _fastpath_v1_PortRange, PortRange__Output as _fastpath_v1_PortRange__Output } from '../../fastpath/v1/PortRange.ts';

export interface Rule {
  'id'?: (string);
  'enabled'?: (boolean);
  'priority'?: (number);
  'action'?: (_fastpath_v1_Action);
  'protocol'?: (_fastpath_v1_Protocol);
  'src_cidr'?: (string);
  'dst_cidr'?: (string);
  'src_ports'?: (_fastpath_v1_PortRange | null);
  'dst_ports'?: (_fastpath_v1_PortRange | null);
  'rate_pps'?: (number);
  'burst'?: (number);
}

export interface Rule__Output {
  'id': (string);
  'enabled': (boolean);
  'priority': (number);
  'action': (_fastpath_v1_Action__Output);
  'protocol': (_fastpath_v1_Protocol__Output);
  'src_cidr': (string);
  'dst_cidr': (string);
  'src_ports': (_fastpath_v1_PortRange__Output | null);
  'dst_ports': (_fastpath_v1_PortRange__Output | null);
  'rate_pps': (number);
  'burst': (number);
}
