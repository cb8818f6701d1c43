// Original file: ../../proto/fastpath/v1/fastpath.proto


export interface GetStatusRequest {
}

export interface GetStatusRequest__Output {
}
