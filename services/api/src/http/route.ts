import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Actor } from '../audit/audit.ts';
import type { Caller } from '../auth/caller.ts';
import type { Context } from '../context.ts';
import type { ErrorCode } from '../errors.ts';
import type { Access } from '../permissions.ts';

/**
 * A route is declared once. From the declaration come its registration in express, authentication, validation,
 * the filtered response, the OpenAPI entry with `x-permission`, the metrics label and its rows in the
 * role × route matrix test. The order at run time: permission, then body, then validation, then handle(), so that
 * a caller without the right learns nothing about the input.
 */
interface RouteDeclaration<A extends Access, P, Q, H, B, R> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below /api/v1, parameters in OpenAPI form: `/users/{id}`. */
  path: `/${string}`;
  operationId: string;
  summary: string;
  description?: string;
  tag: string;
  permission: A;
  /** Invalid path parameters answer 404: there is no such resource. */
  params?: P;
  query?: Q;
  /** Request headers by lower-case name; the others are ignored. */
  headers?: H;
  /** A JSON body. Use z.strictObject, so that a misspelt field is an error and not silently ignored. */
  body?: B;
  /** Largest body in bytes. Default 100 KiB. */
  bodyLimit?: number;
  response: RouteResponse<R>;
  /** Codes this route answers besides those that follow from its declaration. */
  errors?: readonly ErrorCode[];
  /**
   * Reads the validated request and returns the body of the response (nothing for 204). It is parsed by
   * `response.schema` before it leaves, so a column that the schema does not name cannot leak. A route with
   * `response.content` writes to `request.res` itself.
   */
  handle(
    request: RouteRequest<A, z.output<P>, z.output<Q>, z.output<H>, z.output<B>>,
    ctx: Context,
  ): Promise<z.input<R>>;
}

interface RouteResponse<R> {
  status: 200 | 201 | 202 | 204;
  description?: string;
  schema?: R;
  /** Instead of `schema`: media types that the handler streams by itself. */
  content?: Record<string, { schema: z.ZodType }>;
  /** Response headers for the document, by name. */
  headers?: Record<string, string>;
}

export interface RouteRequest<A extends Access, P, Q, H, B> {
  params: P;
  query: Q;
  headers: H;
  body: B;
  /** Who calls: user, session and permissions. Null on public routes. */
  caller: A extends 'public' ? null : Caller;
  /** For audit entries: who, from where, in which request. */
  actor: Actor;
  /** Aborts when the client goes away or the server drains. */
  signal: AbortSignal;
  req: Request;
  res: Response;
}

/** A route whose schemas are no longer known to the type checker: what lists of routes hold. */
export interface Route
  extends Omit<RouteDeclaration<Access, z.ZodType, z.ZodType, z.ZodType, z.ZodType, z.ZodType>, 'handle'> {
  handle(request: RouteRequest<Access, unknown, unknown, unknown, unknown>, ctx: Context): Promise<unknown>;
}

/** Checks a declaration and forgets its type parameters. */
export function defineRoute<
  A extends Access,
  P extends z.ZodType,
  Q extends z.ZodType,
  H extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
>(route: RouteDeclaration<A, P, Q, H, B, R>): Route {
  return route as unknown as Route;
}
