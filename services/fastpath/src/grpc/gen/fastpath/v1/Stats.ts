// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { DropCount as _fastpath_v1_DropCount, DropCount__Output as _fastpath_v1_DropCount__Output } from '../../fastpath/v1/DropCount.ts';
import type { RuleSetVersion as _fastpath_v1_RuleSetVersion, RuleSetVersion__Output as _fastpath_v1_RuleSetVersion__Output } from '../../fastpath/v1/RuleSetVersion.ts';
import type { WorkerStats as _fastpath_v1_WorkerStats, WorkerStats__Output as _fastpath_v1_WorkerStats__Output } from '../../fastpath/v1/WorkerStats.ts';
import type { Long } from '@grpc/proto-loader';

export interface Stats {
  'time_ms'?: (number | string | Long);
  'rx_packets'?: (number | string | Long);
  'rx_bytes'?: (number | string | Long);
  'tx_packets'?: (number | string | Long);
  'tx_bytes'?: (number | string | Long);
  'consumed_packets'?: (number | string | Long);
  'drops'?: (_fastpath_v1_DropCount)[];
  'flows_active'?: (number | string | Long);
  'flows_evicted'?: (number | string | Long);
  'rules'?: (_fastpath_v1_RuleSetVersion | null);
  'workers'?: (_fastpath_v1_WorkerStats)[];
  'passed_packets'?: (number | string | Long);
}

export interface Stats__Output {
  'time_ms': (number);
  'rx_packets': (number);
  'rx_bytes': (number);
  'tx_packets': (number);
  'tx_bytes': (number);
  'consumed_packets': (number);
  'drops': (_fastpath_v1_DropCount__Output)[];
  'flows_active': (number);
  'flows_evicted': (number);
  'rules': (_fastpath_v1_RuleSetVersion__Output | null);
  'workers': (_fastpath_v1_WorkerStats__Output)[];
  'passed_packets': (number);
}
