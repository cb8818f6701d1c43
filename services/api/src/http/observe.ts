import type { RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import { v7 as uuidv7 } from 'uuid';
import type { Context } from '../context.ts';

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
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'warn' : 'info'),
    serializers: {
      // Without the query, which can hold what nobody should find in a log.
      req: (req) => ({
        id: req.id,
        method: req.method,
        url: req.url.split('?', 1)[0].slice(0, LONGEST_URL),
        remoteAddress: req.remoteAddress,
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
