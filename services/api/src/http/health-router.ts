import { Router } from 'express';
import type { Context } from '../context.ts';

/** Liveness touches nothing (a restart does not mend a database); readiness asks every check. */
export function healthRouter(ctx: Context): Router {
  const router = Router();
  router.get('/healthz', (_req, res) => {
    res.locals.route = '/healthz';
    res.json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    res.locals.route = '/readyz';
    const readiness = await ctx.health.readiness();
    res.status(readiness.status === 'not_ready' ? 503 : 200).json(readiness);
  });
  return router;
}
