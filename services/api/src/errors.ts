/**
 * Every error a client can meet: its HTTP status and its title. The code is the contract; detail is for people.
 * Services throw AppError and know nothing of HTTP; http/problem.ts is the only translator.
 */
export const ERRORS = {
  malformed_request: { status: 400, title: 'The request cannot be read' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  token_expired: { status: 401, title: 'The access token has expired' },
  session_ended: { status: 401, title: 'The session has ended' },
  invalid_credentials: { status: 401, title: 'Wrong e-mail or password' },
  invalid_refresh_token: { status: 401, title: 'The refresh token is not valid' },
  forbidden: { status: 403, title: 'Your role does not permit this' },
  csrf_header_missing: { status: 403, title: 'The X-Requested-With header is required with a cookie' },
  not_found: { status: 404, title: 'Not found' },
  fastpath_disabled: { status: 404, title: 'This installation runs without a fast path' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_acceptable: { status: 406, title: 'No such representation' },
  conflict: { status: 409, title: 'Conflicts with what exists' },
  email_taken: { status: 409, title: 'The e-mail address is in use' },
  last_admin: { status: 409, title: 'The last active admin must stay' },
  cannot_modify_self: { status: 409, title: 'Not on your own account' },
  precondition_failed: { status: 412, title: 'Changed by somebody else meanwhile' },
  too_large: { status: 413, title: 'The request body is too large' },
  unsupported_media_type: { status: 415, title: 'Send application/json' },
  validation_failed: { status: 422, title: 'Some fields are not valid' },
  precondition_required: { status: 428, title: 'The If-Match header is required' },
  rate_limited: { status: 429, title: 'Too many requests' },
  too_many_attempts: { status: 429, title: 'Too many attempts' },
  too_many_streams: { status: 429, title: 'Too many streams are open' },
  internal: { status: 500, title: 'Something went wrong here' },
  database_unavailable: { status: 503, title: 'The database does not answer' },
  fastpath_unavailable: { status: 503, title: 'The fast path does not answer' },
  overloaded: { status: 503, title: 'Too much to do at the moment' },
  shutting_down: { status: 503, title: 'This server is shutting down' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** One field at fault. `path` is dotted, as in the request: `src_cidr`, `flows.3.protocol`. */
export interface FieldError {
  path: string;
  message: string;
}

interface AppErrorOptions {
  cause?: unknown;
  fields?: FieldError[];
  /** Seconds after which a retry makes sense; becomes the Retry-After header. */
  retryAfterS?: number;
}

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly fields: FieldError[] | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, detail: string = ERRORS[code].title, options: AppErrorOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.fields = options.fields;
    this.retryAfterS = options.retryAfterS;
  }
}
