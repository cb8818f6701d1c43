import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { Caller } from '../auth/caller.ts';
import type { Context } from '../context.ts';
import { clientAddress } from './client-address.ts';

const LONGEST_URL = 256;

declare module 'node:http' {
  interface IncomingMessage {
    /** Of the request; also in its response, as X-Request-Id. */
    id: string;
    /** Names the request in each line. */
    log: Logger;
  }
  interface ServerResponse {
    /** Why the response is a 5xx, for the request's log line. */
    err?: unknown;
  }
}

/** Gives each request an id, logs its end and measures it. */
export function observeRequests({ log, metrics }: Context): RequestHandler {
  const lines = createLines(log);
  return function observe(req, res, next) {
    req.id = requestId(req);
    res.setHeader('X-Request-Id', req.id);
    const described = describe(req);
    // Few requests log anything but their end, and a logger of its own costs more than that line.
    Object.defineProperty(req, 'log', { configurable: true, get: () => log.child({ req: described }) });
    const end = metrics.requests.startTimer({ method: req.method });
    const startedAt = Date.now();
    // Without a listener it would end the process.
    res.on('error', (error) => {
      res.err ??= error;
    });
    // `close` and not `finish`: a client that hung up counts as well. Unmatched paths share one label.
    res.once('close', () => {
      end({ route: res.locals.route ?? 'none', status: res.statusCode });
      // Probes would drown everything else.
      if (req.originalUrl !== '/healthz' && req.originalUrl !== '/readyz')
        lines.ended(req, res, described, Date.now() - startedAt);
    });
    next();
  };
}

function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : randomUUID();
}

interface Described {
  id: string;
  method: string;
  url: string;
  remoteAddress: string | undefined;
  client: string;
}

/** While its socket is open. Without the query, which can hold what nobody should find in a log. */
function describe(req: Request): Described {
  return {
    id: req.id,
    method: req.method,
    url: req.originalUrl.split('?', 1)[0]!.slice(0, LONGEST_URL),
    remoteAddress: req.socket.remoteAddress,
    client: clientAddress(req),
  };
}

function createLines(log: Logger) {
  // What is in the line of a request that went well is known, and is nothing to cut out.
  const plain = log.child({}, { redact: [] });
  return {
    ended(req: Request, res: Response, described: Described, responseTime: number): void {
      const line = { req: described, ...callerOf(res), res: { statusCode: res.statusCode } };
      if (res.err === undefined && res.statusCode < 500) {
        plain.info({ ...line, responseTime }, outcome(req, res));
        return;
      }
      const err = res.err ?? new Error(`failed with status code ${res.statusCode}`);
      const level = res.statusCode >= 500 ? 'warn' : 'info';
      log[level]({ ...line, err, responseTime }, 'request errored');
    },
  };
}

function outcome(req: IncomingMessage & { readableAborted?: boolean }, res: ServerResponse): string {
  return !req.readableAborted && res.writableEnded ? 'request completed' : 'request aborted';
}

function callerOf(res: Response): { user_id?: string } {
  const caller: Caller | undefined = res.locals.caller;
  return caller ? { user_id: caller.userId } : {};
}
