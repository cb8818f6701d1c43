import cookieParser from 'cookie-parser';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Context } from './context.ts';
import { AppError } from './errors.ts';
import { docsRouter } from './http/docs.ts';
import { healthRouter } from './http/health-router.ts';
import { mountRoutes } from './http/mount.ts';
import { observeRequests } from './http/observe.ts';
import { problemHandler } from './http/problem.ts';
import { admitted, countRequests } from './http/rate-limit.ts';
import { ROUTES } from './routes.ts';

/** The express application; it neither listens nor starts anything. */
export function createApp(ctx: Context): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('trust proxy', ctx.config.TRUST_PROXY);
  app.set('query parser', 'simple');
  app.use(observeRequests(ctx));
  const csp = {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
  };
  // Strict-Transport-Security is for whoever ends TLS to say: the WebUI behind HTTPS, or an ingress.
  app.use(
    helmet({
      contentSecurityPolicy: csp,
      xFrameOptions: { action: 'deny' },
      strictTransportSecurity: false,
    }),
  );
  app.use(healthRouter(ctx));
  // Not the probes above: they must not fail because somebody behind the same address is busy.
  app.use(countRequests(ctx));
  app.use('/api/v1', noStore(), cookieParser(), mountRoutes(ROUTES, ctx), admitted(), docsRouter());
  app.use(admitted(), function notFound() {
    throw new AppError('not_found', 'There is nothing at this path');
  });
  app.use(problemHandler());
  return app;
}

/** Answers depend on who asks and on now: no cache may keep them. */
function noStore(): express.RequestHandler {
  return function setNoStore(_req, res, next) {
    res.setHeader('Cache-Control', 'no-store');
    next();
  };
}
