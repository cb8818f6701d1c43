// Original file: ../../proto/fastpath/v1/fastpath.proto


export interface ListRuleCountersRequest {
  'rule_ids'?: (string)[];
  'limit'?: (number);
}

export interface ListRuleCountersRequest__Output {
  'rule_ids': (string)[];
  'limit': (number);
}
