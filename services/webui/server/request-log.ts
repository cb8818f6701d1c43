import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { type HttpLogger, pinoHttp } from 'pino-http';

/** A path can be as long as all headers together; a log line need not. */
const MAX_PATH = 256;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** Takes a sane X-Request-Id over, else makes one; the answer carries it either way. */
function requestId(req: IncomingMessage, res: ServerResponse): string {
  const given = req.headers['x-request-id'];
  const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
  res.setHeader('X-Request-Id', id);
  return id;
}

/** Puts the reason of a failed request on its log line. */
export function setFailure(res: Response, error: Error): void {
  res.locals.failure = error.message;
}

/** Files, pages and probes that went well say nothing about anybody. */
function levelOf({ statusCode, locals }: Response): 'warn' | 'info' | 'debug' {
  if (statusCode >= 500) return 'warn';
  return locals.route === 'api' || statusCode >= 400 ? 'info' : 'debug';
}

/** One line per request, without headers and query: both can hold secrets. */
export function logRequests(log: Logger): HttpLogger {
  return pinoHttp({
    logger: log,
    genReqId: requestId,
    customLogLevel: (_req, res) => levelOf(res as Response),
    customProps: (_req, res) => ({ failure: (res as Partial<Response>).locals?.failure }),
    // pino-http invents an error with a stack of its own for every 5xx.
    customErrorObject: (_req, _res, _error, { err: _invented, ...line }) => line,
    serializers: {
      req: (req: { id: unknown; method: string; url: string; remoteAddress: string }) => ({
        id: req.id,
        method: req.method,
        url: req.url.split('?', 1)[0]!.slice(0, MAX_PATH),
        remoteAddress: req.remoteAddress,
      }),
      res: (res: { statusCode: number }) => ({ statusCode: res.statusCode }),
    },
  });
}
