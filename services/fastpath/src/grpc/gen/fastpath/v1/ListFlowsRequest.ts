// Original file: ../../proto/fastpath/v1/fastpath.proto


// Original file: ../../proto/fastpath/v1/fastpath.proto

export const _fastpath_v1_ListFlowsRequest_Order = {
  ORDER_UNSPECIFIED: 'ORDER_UNSPECIFIED',
  ORDER_BYTES: 'ORDER_BYTES',
  ORDER_PACKETS: 'ORDER_PACKETS',
} as const;

export type _fastpath_v1_ListFlowsRequest_Order =
  | 'ORDER_UNSPECIFIED'
  | 0
  | 'ORDER_BYTES'
  | 1
  | 'ORDER_PACKETS'
  | 2

export type _fastpath_v1_ListFlowsRequest_Order__Output = typeof _fastpath_v1_ListFlowsRequest_Order[keyof typeof _fastpath_v1_ListFlowsRequest_Order]

export interface ListFlowsRequest {
  'limit'?: (number);
  'order'?: (_fastpath_v1_ListFlowsRequest_Order);
}

export interface ListFlowsRequest__Output {
  'limit': (number);
  'order': (_fastpath_v1_ListFlowsRequest_Order__Output);
}
