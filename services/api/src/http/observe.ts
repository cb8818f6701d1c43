import type { RequestHandler, Response } from 'express';
import { pinoHttp } from 'pino-http';
import { v7 as uuidv7 } from 'uuid';
import type { Caller } from '../auth/caller.ts';
import type { Context } from '../context.ts';
import { clientAddress } from './client-address.ts';

const LONGEST_URL = 256;

/** Gives each request an id, logs its end and measures it. */
export function observeRequests({ log, metrics }: Context): RequestHandler {
  const logged = pinoHttp({
    logger: log,
    genReqId(req, res) {
      const given = req.headers['x-request-id'];
      const id = typeof given === 'string' && /^[\w.-]{1,128}$/.test(given) ? given : uuidv7();
      res.setHeader('X-Request-Id', id);
      return id;
    },
    // Probes would drown everything else.
    autoLogging: { ignore: (req) => req.url === '/healthz' || req.url === '/readyz' },
    // Nobody is known yet when the request begins; its last line is written with who it was.
    customProps: (_req, res) => callerOf(res as Response),
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'warn' : 'info'),
    serializers: {
      // Without the query, which can hold what nobody should find in a log.
      req: (req) => ({
        id: req.id,
        method: req.method,
        url: req.url.split('?', 1)[0].slice(0, LONGEST_URL),
        remoteAddress: req.remoteAddress,
        client: clientAddress(req.raw),
      }),
      res: (res) => ({ statusCode: res.statusCode }),
    },
  });
  return function observe(req, res, next) {
    const end = metrics.requests.startTimer({ method: req.method });
    // `close` and not `finish`: a client that hung up counts as well. Unmatched paths share one label.
    res.once('close', () => end({ route: res.locals.route ?? 'none', status: res.statusCode }));
    logged(req, res);
    next();
  };
}

function callerOf(res: Response): { user_id?: string } {
  const caller: Caller | undefined = res.locals.caller;
  return caller ? { user_id: caller.userId } : {};
}
