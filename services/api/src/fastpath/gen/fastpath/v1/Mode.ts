// Original file: ../../proto/fastpath/v1/fastpath.proto

export const Mode = {
  MODE_UNSPECIFIED: 'MODE_UNSPECIFIED',
  MODE_UDP: 'MODE_UDP',
  MODE_AFXDP: 'MODE_AFXDP',
} as const;

export type Mode =
  | 'MODE_UNSPECIFIED'
  | 0
  | 'MODE_UDP'
  | 1
  | 'MODE_AFXDP'
  | 2

export type Mode__Output = typeof Mode[keyof typeof Mode]
