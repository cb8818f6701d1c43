import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import type { Context } from '../context.ts';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Access } from '../permissions.ts';
import { clientAddress } from './client-address.ts';
import { fieldErrors, sendProblem } from './problem.ts';
import { admission, admitted } from './rate-limit.ts';
import type { Route } from './route.ts';

const DEFAULT_BODY_LIMIT = 100 * 1024;

/** An express router for these routes; a wrong method on a known path answers 405 with Allow. */
export function mountRoutes(routes: readonly Route[], ctx: Context): Router {
  const router = Router({ caseSensitive: true });
  for (const [path, group] of byPath(routes)) {
    const target = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const route of group) target[route.method](...handlers(route, ctx));
    target.all(admitted(), methodNotAllowed(group));
  }
  return router;
}

/** Literal segments before parameters, so that /users/me is not taken for a user's id. */
function byPath(routes: readonly Route[]): [string, Route[]][] {
  const groups = Map.groupBy(routes, (route) => route.path);
  const rank = (path: string) => path.replaceAll('{', '\uffff');
  return [...groups].sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1));
}

function handlers(route: Route, ctx: Context): RequestHandler[] {
  return [
    labelled(route),
    authorized(route.permission, ctx),
    ...(route.body ? [jsonOnly(), express.json({ limit: route.bodyLimit ?? DEFAULT_BODY_LIMIT })] : []),
    handled(route, ctx),
  ];
}

function labelled(route: Route): RequestHandler {
  return function label(_req, res, next) {
    res.locals.route = `/api/v1${route.path}`;
    next();
  };
}

function authorized(access: Access, ctx: Context): RequestHandler {
  return async function authorize(_req, res, next) {
    const { identity, admitted } = admission(res);
    if (access === 'public' || 'error' in identity) await admitted;
    if (access === 'public') return next();
    if ('error' in identity) throw identity.error;
    const [caller] = await Promise.all([ctx.auth.callerOf(identity.claims, admitted), admitted]);
    // Before the refusal: its log line names who was refused.
    res.locals.caller = caller;
    if (access !== 'authenticated' && !caller.permissions.includes(access)) {
      throw new AppError('forbidden', `This needs the permission ${access}`);
    }
    next();
  };
}

function jsonOnly(): RequestHandler {
  return function requireJson(req, _res, next) {
    // Without a body is() answers null, but browsers send Content-Length: 0 with an empty POST. Validation will name
    // what is missing.
    const empty = req.headers['content-length'] === '0';
    if (!empty && req.is('application/json') === false) throw new AppError('unsupported_media_type');
    next();
  };
}

function handled(route: Route, ctx: Context): RequestHandler {
  return async function handle(req, res) {
    const caller: Caller | null = res.locals.caller ?? null;
    const result = await route.handle(
      {
        params: parse(route.params, req.params, 'not_found'),
        query: parse(route.query, req.query, 'validation_failed'),
        headers: parse(route.headers, req.headers, 'validation_failed'),
        body: parse(route.body, req.body, 'validation_failed'),
        caller: caller as Caller,
        actor: {
          id: caller?.userId ?? null,
          email: caller?.email ?? null,
          ip: clientAddress(req),
          requestId: String(req.id),
        },
        get signal() {
          return requestSignal(res, ctx);
        },
        req,
        res,
      },
      ctx,
    );
    if (!route.response.content) respond(route, res, result);
  };
}

function respond({ response }: Route, res: Response, result: unknown): void {
  res.status(response.status);
  if (!response.schema) res.end();
  else sendJson(res, response.schema.parse(result));
}

/** As res.json(), which works out type and charset anew each time, and makes a Buffer of what can be written as it is. */
function sendJson(res: Response, value: unknown): void {
  // Express answers 304 to who has that already.
  if (res.hasHeader('ETag')) return void res.json(value);
  const text = JSON.stringify(value);
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(text);
}

function parse(schema: z.ZodType | undefined, value: unknown, code: ErrorCode): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (result.success) {
    if (hasNul(result.data)) throw new AppError('malformed_request', 'The character NUL is not accepted');
    return result.data;
  }
  if (code === 'not_found') throw new AppError(code);
  throw new AppError(code, undefined, { fields: fieldErrors(result.error) });
}

/** PostgreSQL cannot store it, and nobody means it. For validated values: those are only as deep as their schema. */
function hasNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNul);
}

function requestSignal(res: Response, ctx: Context): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, ctx.lifecycle.draining]);
}

function methodNotAllowed(group: readonly Route[]): RequestHandler {
  const methods = group.flatMap(({ method }) =>
    method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
  );
  const allow = [...methods, 'OPTIONS'].join(', ');
  return function refuseMethod(req: Request, res: Response) {
    res.locals.route = `/api/v1${group[0]?.path}`;
    res.set('Allow', allow);
    if (req.method === 'OPTIONS') res.status(204).end();
    else sendProblem(res, new AppError('method_not_allowed', `Allowed here: ${allow}`));
  };
}
