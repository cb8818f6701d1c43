import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Access, PERMISSIONS, ROLE_NAMES, ROLES } from '../permissions.ts';
import { ROUTES } from '../routes.ts';
import { mintBearer } from '../testing/mint.ts';
import { startTestApp, type TestApp } from '../testing/test-app.ts';
import type { Route } from './route.ts';

/** Who may what, as reviewed by people. A route that is not here fails; so does one whose permission changed. */
const EXPECTED: Readonly<Record<string, Access>> = {
  login: 'public',
  refresh: 'public',
  logout: 'authenticated',
  getMe: 'authenticated',
  listSessions: 'authenticated',
  endSession: 'authenticated',
  listUsers: 'users:read',
  exportUsers: 'users:read',
  createUser: 'users:write',
  getUser: 'users:read',
  replaceUser: 'users:write',
  updateUser: 'users:write',
  deleteUser: 'users:write',
  getProfile: 'authenticated',
  updateProfile: 'authenticated',
  changePassword: 'authenticated',
  listRoles: 'users:read',
  listAuditLogs: 'audit:read',
  exportAuditLogs: 'audit:read',
  listRules: 'rules:read',
  createRule: 'rules:write',
  getRule: 'rules:read',
  replaceRule: 'rules:write',
  updateRule: 'rules:write',
  deleteRule: 'rules:write',
  getFastPathStatus: 'fastpath:read',
  getFastPathStats: 'fastpath:read',
  streamFastPathStats: 'fastpath:read',
  listFlows: 'fastpath:read',
  listRuleCounters: 'fastpath:read',
  classifyFlows: 'fastpath:read',
  capturePackets: 'fastpath:capture',
};

/** Served beside the declared routes, for everybody. */
const DOCS = [
  '/openapi.json',
  '/docs',
  '/docs/start.js',
  '/docs/swagger-ui.css',
  '/docs/swagger-ui-bundle.js',
];

let app: TestApp;
let server: Server;
let origin: string;

beforeAll(async () => {
  app = await startTestApp();
  server = createServer(app.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await app.close();
});

describe('the list of routes', () => {
  it('is the reviewed one', () => {
    expect(Object.fromEntries(ROUTES.map((route) => [route.operationId, route.permission]))).toEqual(
      EXPECTED,
    );
  });

  it('is all that express serves under /api/v1', () => {
    const declared = new Set(ROUTES.map(({ path }) => path.replaceAll(/\{(\w+)\}/g, ':$1')));
    const served = servedPaths(app.app.router as unknown as Layered);
    const unlisted = served.filter((path) => !declared.has(path as never) && !DOCS.includes(path));
    expect(unlisted.sort()).toEqual(['/healthz', '/readyz']);
  });

  it('declares a known permission on each', () => {
    const known = ['public', 'authenticated', ...Object.keys(PERMISSIONS)];
    expect(ROUTES.filter(({ permission }) => !known.includes(permission))).toEqual([]);
  });
});

describe.each(ROUTES.map((route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const))(
  '%s',
  (_name, route) => {
    it('anonymous', async () => {
      const code = await call(route, {});
      if (route.permission === 'public') expect(code).not.toBe('unauthenticated');
      else expect(code).toBe('unauthenticated');
    });

    it.each(ROLE_NAMES)('%s', async (role) => {
      const code = await call(route, await mintBearer(app.ctx, role));
      const { permission } = route;
      const allowed =
        permission === 'public' ||
        permission === 'authenticated' ||
        ROLES[role].permissions.includes(permission);
      if (allowed) expect(['forbidden', 'unauthenticated', 'session_ended', 'internal']).not.toContain(code);
      else expect(code).toBe('forbidden');
    });
  },
);

/** Calls the route without a body and answers the code of the problem, or '' for success (streams are cut). */
async function call(route: Route, headers: Record<string, string>): Promise<string> {
  const cut = new AbortController();
  const url = `${origin}/api/v1${route.path.replaceAll(/\{\w+\}/g, uuidv7())}`;
  const response = await fetch(url, { method: route.method.toUpperCase(), headers, signal: cut.signal });
  if (response.ok) {
    cut.abort();
    return '';
  }
  return ((await response.json()) as { code: string }).code;
}

interface Layered {
  stack: { route?: { path: string }; handle: Partial<Layered> }[];
}

function servedPaths(router: Layered): string[] {
  return router.stack.flatMap(({ route, handle }) => {
    if (route) return [route.path];
    return handle.stack ? servedPaths(handle as Layered) : [];
  });
}
