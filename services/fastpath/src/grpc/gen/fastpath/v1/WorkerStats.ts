// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { DropCount as _fastpath_v1_DropCount, DropCount__Output as _fastpath_v1_DropCount__Output } from '../../fastpath/v1/DropCount.ts';
import type { Long } from '@grpc/proto-loader';

export interface WorkerStats {
  'worker'?: (number);
  'rx_packets'?: (number | string | Long);
  'rx_bytes'?: (number | string | Long);
  'tx_packets'?: (number | string | Long);
  'tx_bytes'?: (number | string | Long);
  'drops'?: (_fastpath_v1_DropCount)[];
  'bursts'?: (number | string | Long);
  'handler_ns'?: (number | string | Long);
  'slots'?: (number);
  'slots_used'?: (number);
}

export interface WorkerStats__Output {
  'worker': (number);
  'rx_packets': (number);
  'rx_bytes': (number);
  'tx_packets': (number);
  'tx_bytes': (number);
  'drops': (_fastpath_v1_DropCount__Output)[];
  'bursts': (number);
  'handler_ns': (number);
  'slots': (number);
  'slots_used': (number);
}
