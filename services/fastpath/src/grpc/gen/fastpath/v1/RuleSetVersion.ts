// Original file: ../../proto/fastpath/v1/fastpath.proto

import type { Long } from '@grpc/proto-loader';

export interface RuleSetVersion {
  'source_id'?: (string);
  'revision'?: (number | string | Long);
}

export interface RuleSetVersion__Output {
  'source_id': (string);
  'revision': (number);
}
