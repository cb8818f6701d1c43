// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Mode as _fastpath_v1_Mode, Mode__Output as _fastpath_v1_Mode__Output } from '../../fastpath/v1/Mode.ts';
import type { RuleSetVersion as _fastpath_v1_RuleSetVersion, RuleSetVersion__Output as _fastpath_v1_RuleSetVersion__Output } from '../../fastpath/v1/RuleSetVersion.ts';
import type { Long } from '@grpc/proto-loader';

export interface GetStatusResponse {
  'version'?: (string);
  'instance_id'?: (string);
  'hostname'?: (string);
  'started_at_ms'?: (number | string | Long);
  'mode'?: (_fastpath_v1_Mode);
  'mode_reason'?: (string);
  'data_addresses'?: (string)[];
  'workers'?: (number);
  'rules'?: (_fastpath_v1_RuleSetVersion | null);
  'rule_count'?: (number);
  'mask_count'?: (number);
  'generation'?: (number | string | Long);
  'max_rules'?: (number);
}

export interface GetStatusResponse__Output {
  'version': (string);
  'instance_id': (string);
  'hostname': (string);
  'started_at_ms': (number);
  'mode': (_fastpath_v1_Mode__Output);
  'mode_reason': (string);
  'data_addresses': (string)[];
  'workers': (number);
  'rules': (_fastpath_v1_RuleSetVersion__Output | null);
  'rule_count': (number);
  'mask_count': (number);
  'generation': (number);
  'max_rules': (number);
}
