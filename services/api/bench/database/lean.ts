import express, { type Express } from 'express';
import { bearerToken } from '../../src/auth/bearer.ts';
import { verifyAccessToken } from '../../src/auth/tokens.ts';
import type { Config } from '../../src/config.ts';
import type { Statements } from './bare/statements.ts';
import type { BareDriver } from './bare/work.ts';
import { toJson } from './naive.ts';

/**
 * The two reads as Express and the bare driver can do them with nothing else: no validation, no response schema, no
 * permissions, no access log, no metrics, no security headers. What is between this and the API on the bare driver is
 * what those cost.
 */
export function leanApp(config: Config, driver: BareDriver, statements: Statements): Express {
  const app = express().disable('x-powered-by').set('etag', false);
  app.use(async (req, res, next) => {
    const claims = verifyAccessToken(config, bearerToken(req.headers.authorization)!);
    const [session] = await driver.rows(statements.liveSession, [claims.sid, true, Date.now()]);
    if (session?.role !== 'admin') return void res.sendStatus(401);
    next();
  });
  app.get('/api/v1/users', async (req, res) => {
    const limit = Number(req.query.limit);
    const rows = await driver.rows(statements.newestUsers, [limit + 1]);
    res.json({
      items: rows.slice(0, limit).map((row) => toJson(row as never)),
      next_cursor: rows.length > limit ? 'more' : null,
    });
  });
  app.get('/api/v1/users/:id', async (req, res) => {
    const [row] = await driver.rows(statements.user, [req.params.id]);
    res.json(toJson(row as never));
  });
  return app;
}
