/**
 * Every error the service reports on purpose. `grpc` names the status a caller sees; start errors have none
 * because no caller exists yet.
 */
export const ERROR_CODES = {
  config_invalid: {},
  port_in_use: {},
  mode_unavailable: {},
  start_failed: {},
  invalid_argument: { grpc: 'INVALID_ARGUMENT' },
  rules_outdated: { grpc: 'FAILED_PRECONDITION' },
  unauthenticated: { grpc: 'UNAUTHENTICATED' },
  too_many_calls: { grpc: 'RESOURCE_EXHAUSTED' },
  too_many_captures: { grpc: 'RESOURCE_EXHAUSTED' },
  shutting_down: { grpc: 'UNAVAILABLE' },
} as const satisfies Record<string, { grpc?: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export class AppError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }
}
