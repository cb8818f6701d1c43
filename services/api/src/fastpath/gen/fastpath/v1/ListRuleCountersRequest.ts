// Original file: ../../proto/fastpath/v1/fastpath.proto


export interface ListRuleCountersRequest {
}

export interface ListRuleCountersRequest__Output {
}
