import { auditRoutes } from './audit/audit.routes.ts';
import { authRoutes } from './auth/auth.routes.ts';
import { fastpathRoutes } from './fastpath/fastpath.routes.ts';
import type { Route } from './http/route.ts';
import { ruleRoutes } from './rules/rules.routes.ts';
import { userRoutes } from './users/users.routes.ts';

/** Every route of the API. A route that is not here does not exist: not in express, OpenAPI or the matrix test. */
export const ROUTES: readonly Route[] = [
  ...authRoutes,
  ...userRoutes,
  ...auditRoutes,
  ...ruleRoutes,
  ...fastpathRoutes,
];
