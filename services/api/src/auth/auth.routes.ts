import { defineRoute, type Route } from '../http/route.ts';
import { BrowserHeaders, Login, Me, Refresh, SessionList, SessionParams, Tokens } from './auth.schemas.ts';
import { clearRefreshCookie, givenRefreshToken, tokensReply } from './refresh-cookie.ts';

const tag = 'auth';

export const authRoutes: Route[] = [
  defineRoute({
    method: 'post',
    path: '/auth/login',
    operationId: 'login',
    summary: 'Sign in with e-mail and password',
    tag,
    permission: 'public',
    headers: BrowserHeaders,
    body: Login,
    response: { status: 200, schema: Tokens, headers: { 'Set-Cookie': 'The refresh token, HttpOnly' } },
    errors: ['invalid_credentials', 'too_many_attempts', 'overloaded'],
    async handle({ body, actor, req, res }, ctx) {
      const login = (body.email ?? body.username)!;
      const grant = await ctx.auth.login(actor, {
        login,
        password: body.password,
        userAgent: req.get('user-agent') ?? '',
      });
      return tokensReply(req, res, grant);
    },
  }),
  defineRoute({
    method: 'post',
    path: '/auth/refresh',
    operationId: 'refresh',
    summary: 'New tokens for a refresh token, which is spent by this',
    description: 'A cookie counts only together with the X-Requested-With header.',
    tag,
    permission: 'public',
    headers: BrowserHeaders,
    body: Refresh,
    response: { status: 200, schema: Tokens, headers: { 'Set-Cookie': 'The refresh token, HttpOnly' } },
    errors: ['invalid_refresh_token', 'csrf_header_missing'],
    async handle({ body, actor, req, res }, ctx) {
      const grant = await ctx.auth.refresh(actor, givenRefreshToken(req, body?.refresh_token));
      return tokensReply(req, res, grant);
    },
  }),
  defineRoute({
    method: 'post',
    path: '/auth/logout',
    operationId: 'logout',
    summary: 'End this session',
    tag,
    permission: 'authenticated',
    response: { status: 204 },
    async handle({ caller, actor, req, res }, ctx) {
      await ctx.auth.logout(actor, caller);
      clearRefreshCookie(req, res);
    },
  }),
  defineRoute({
    method: 'get',
    path: '/auth/me',
    operationId: 'getMe',
    summary: 'Who am I and what may I do',
    tag,
    permission: 'authenticated',
    response: { status: 200, schema: Me },
    async handle({ caller }, ctx) {
      const user = await ctx.users.get(caller.userId);
      return { user, permissions: [...caller.permissions], session_id: caller.sessionId };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/auth/sessions',
    operationId: 'listSessions',
    summary: 'Your live sessions, newest first',
    tag,
    permission: 'authenticated',
    response: { status: 200, schema: SessionList },
    async handle({ caller }, ctx) {
      const sessions = await ctx.sessions.listLive(caller.userId);
      return { items: sessions.map((session) => ({ ...session, current: session.id === caller.sessionId })) };
    },
  }),
  defineRoute({
    method: 'delete',
    path: '/auth/sessions/{id}',
    operationId: 'endSession',
    summary: 'End one of your sessions',
    tag,
    permission: 'authenticated',
    params: SessionParams,
    response: { status: 204 },
    handle: ({ params, caller, actor }, ctx) => ctx.auth.endSession(actor, caller, params.id),
  }),
];
