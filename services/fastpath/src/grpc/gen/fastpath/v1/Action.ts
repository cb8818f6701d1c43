// Original file: ../../proto/fastpath/v1/fastpath.proto

export const Action = {
  ACTION_UNSPECIFIED: 'ACTION_UNSPECIFIED',
  ACTION_ALLOW: 'ACTION_ALLOW',
  ACTION_DROP: 'ACTION_DROP',
  ACTION_RATE_LIMIT: 'ACTION_RATE_LIMIT',
} as const;

export type Action =
  | 'ACTION_UNSPECIFIED'
  | 0
  | 'ACTION_ALLOW'
  | 1
  | 'ACTION_DROP'
  | 2
  | 'ACTION_RATE_LIMIT'
  | 3

export type Action__Output = typeof Action[keyof typeof Action]
