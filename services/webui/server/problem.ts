import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

/** Every error this server itself can answer with. The code is the contract; detail is for people. */
const PROBLEMS = {
  malformed_request: { status: 400, detail: 'The request cannot be read.' },
  not_found: { status: 404, detail: 'There is nothing at this address.' },
  method_not_allowed: { status: 405, detail: 'Only GET and HEAD work here.' },
  request_timeout: { status: 408, detail: 'The request body did not arrive in time.' },
  internal: { status: 500, detail: 'Something went wrong here.' },
  unsupported_protocol: { status: 501, detail: 'This protocol feature is not supported.' },
  upstream_unavailable: { status: 502, detail: 'The API does not answer.' },
  upstream_timeout: { status: 504, detail: 'The API did not answer in time.' },
  overloaded: { status: 503, detail: 'Too many requests are open. Try again in a moment.' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemOptions {
  detail?: string;
  /** Becomes Retry-After. */
  retryAfterS?: number;
  /** The rest of the request is not going to be read, so the connection must not be reused. */
  close?: boolean;
}

/** Answers with an RFC 9457 problem document. */
export function sendProblem(
  req: IncomingMessage,
  res: ServerResponse,
  code: ProblemCode,
  { detail = PROBLEMS[code].detail, retryAfterS, close = false }: ProblemOptions = {},
): void {
  const { status } = PROBLEMS[code];
  const body = JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail,
    code,
    request_id: req.id,
  });
  if (retryAfterS !== undefined) res.setHeader('Retry-After', retryAfterS);
  if (close) res.setHeader('Connection', 'close');
  res.setHeader('Content-Type', 'application/problem+json');
  res.setHeader('Content-Length', Buffer.byteLength(body));
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.statusCode = status;
  res.end(body);
}
