// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Verdict as _fastpath_v1_Verdict, Verdict__Output as _fastpath_v1_Verdict__Output } from '../../fastpath/v1/Verdict.ts';
import type { Long } from '@grpc/proto-loader';

export interface CapturedPacket {
  'time_us'?: (number | string | Long);
  'data'?: (Buffer | Uint8Array | string);
  'original_length'?: (number);
  'verdict'?: (_fastpath_v1_Verdict | null);
  'dropped'?: (boolean);
  'worker'?: (number);
  'lost_packets'?: (number | string | Long);
}

export interface CapturedPacket__Output {
  'time_us': (number);
  'data': (Buffer);
  'original_length': (number);
  'verdict': (_fastpath_v1_Verdict__Output | null);
  'dropped': (boolean);
  'worker': (number);
  'lost_packets': (number);
}
