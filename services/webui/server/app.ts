import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Context } from './context.ts';
import { health } from './health.ts';
import { measureRequests } from './metrics.ts';
import { sendProblem } from './problem.ts';
import type { ApiProxy } from './proxy.ts';
import { logRequests } from './request-log.ts';
import { guardRequestTarget } from './request-target.ts';
import { setSecurityHeaders } from './security-headers.ts';

/** The order is the design: nothing may read a body or change the path before the proxy has had its turn. */
export function createApp(context: Context, proxy: ApiProxy, pages: RequestHandler): Express {
  const { config, log, metrics } = context;
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', config.TRUST_PROXY);
  app.use(logRequests(log));
  app.use(measureRequests(metrics));
  app.use(guardRequestTarget(metrics));
  app.use(proxy.handler);
  app.use(setSecurityHeaders(config.APP_ENV === 'development'));
  app.use(health(context));
  app.use(pages);
  app.use(answerErrors(context));
  return app;
}

/** Express marks what the client did wrong (a broken escape in a path) with a 4xx status; the rest is a defect. */
function answerErrors({ log }: Context): ErrorRequestHandler {
  return function answerError(error, req, res, _next) {
    if (res.headersSent) return void res.destroy();
    if (error.status === 404) return sendProblem(req, res, 'not_found');
    if (error.status >= 400 && error.status < 500) return sendProblem(req, res, 'malformed_request');
    log.error({ err: error, request_id: req.id }, 'unexpected error');
    sendProblem(req, res, 'internal');
  };
}
