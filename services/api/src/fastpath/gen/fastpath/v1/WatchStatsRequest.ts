// Original file: ../../proto/fastpath/v1/fastpath.proto


export interface WatchStatsRequest {
  'interval_ms'?: (number);
}

export interface WatchStatsRequest__Output {
  'interval_ms': (number);
}
