import type { ErrorRequestHandler, Response } from 'express';
import { z } from 'zod';
import { type UnavailabilityReason, unavailability } from '../db/errors.ts';
import { AppError, ERRORS, type ErrorCode, type FieldError } from '../errors.ts';

/** Enough to correct a form; a request with 10,000 wrong fields must not be answered with as many messages. */
const MAX_FIELD_ERRORS = 50;

export const Problem = z
  .object({
    type: z.string().meta({ description: 'urn:tripod:problem:<code>' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).meta({
      description: 'Stable, for programs. New codes may be added.',
    }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .max(MAX_FIELD_ERRORS)
      .optional(),
    request_id: z.string(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });

/** The only place where an error becomes HTTP. Anything unknown is `internal` and is logged, never shown. */
function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const known = fromHttpError(error);
  if (known) return known;
  const unavailable = unavailability(error);
  if (!unavailable) return new AppError('internal', undefined, { cause: error });
  const { reason, sentence } = unavailable;
  return new AppError('database_unavailable', sentence, { cause: error, retryAfterS: RETRY_AFTER_S[reason] });
}

/** A pool empties sooner than somebody makes room on a disk. */
const RETRY_AFTER_S: Readonly<Record<UnavailabilityReason, number>> = {
  pool_exhausted: 1,
  timeout: 2,
  connection_lost: 2,
  no_connection: 2,
  not_ready: 2,
  read_only: 5,
  disk_full: 30,
};

const BODY_ERRORS: Record<string, [ErrorCode, string]> = {
  'entity.parse.failed': ['malformed_request', 'The body is not valid JSON'],
  'entity.too.large': ['too_large', 'The body is larger than this route accepts'],
  'encoding.unsupported': ['unsupported_media_type', 'This Content-Encoding is not supported'],
  'charset.unsupported': ['unsupported_media_type', 'This charset is not supported'],
};

/** Errors made by express and its body parser: they carry a 4xx status and sometimes a type. */
function fromHttpError(error: unknown): AppError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { status, type } = error as Error & { status?: unknown; type?: unknown };
  const known = BODY_ERRORS[String(type)];
  if (known) return new AppError(known[0], known[1], { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError('malformed_request', undefined, { cause: error });
  }
  return undefined;
}

/** The first faults of a request, by field. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  const errors = error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.join('.'), message: issue.message }];
    return issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'Unknown field' }));
  });
  return errors.slice(0, MAX_FIELD_ERRORS);
}

/** Where nobody knows better: every 503 says when to come back. */
const RETRY_AFTER_503_S = 2;

/** Writes an application/problem+json response. */
export function sendProblem(res: Response, error: AppError): void {
  const { status, title } = ERRORS[error.code];
  const retryAfterS = error.retryAfterS ?? (status === 503 ? RETRY_AFTER_503_S : undefined);
  if (retryAfterS !== undefined) res.set('Retry-After', String(Math.max(1, Math.ceil(retryAfterS))));
  if (status === 401) res.set('WWW-Authenticate', 'Bearer');
  res
    .status(status)
    .set('Content-Type', 'application/problem+json')
    .send(
      JSON.stringify({
        type: `urn:tripod:problem:${error.code}`,
        title,
        status,
        detail: error.message,
        code: error.code,
        ...(error.fields && { errors: error.fields }),
        request_id: String(res.req.id),
      }),
    );
}

export function problemHandler(): ErrorRequestHandler {
  return function problem(error, _req, res, _next) {
    const appError = toAppError(error);
    // The request's log line (http/observe.ts) shows it.
    if (ERRORS[appError.code].status >= 500) res.err = error;
    // A stream that has begun can only be cut: the client sees an incomplete response, not a false end.
    if (res.headersSent) res.destroy();
    else sendProblem(res, appError);
  };
}
