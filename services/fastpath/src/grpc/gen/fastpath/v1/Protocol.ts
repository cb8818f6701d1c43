// Original file: ../../proto/fastpath/v1/fastpath.proto

export const Protocol = {
  PROTOCOL_UNSPECIFIED: 'PROTOCOL_UNSPECIFIED',
  PROTOCOL_ANY: 'PROTOCOL_ANY',
  PROTOCOL_TCP: 'PROTOCOL_TCP',
  PROTOCOL_UDP: 'PROTOCOL_UDP',
  PROTOCOL_ICMP: 'PROTOCOL_ICMP',
} as const;

export type Protocol =
  | 'PROTOCOL_UNSPECIFIED'
  | 0
  | 'PROTOCOL_ANY'
  | 1
  | 'PROTOCOL_TCP'
  | 2
  | 'PROTOCOL_UDP'
  | 3
  | 'PROTOCOL_ICMP'
  | 4

export type Protocol__Output = typeof Protocol[keyof typeof Protocol]
