import { readFileSync } from 'node:fs';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { ERRORS, type ErrorCode } from './errors.ts';
import { Problem } from './http/problem.ts';
import type { Route } from './http/route.ts';
import { ROUTES } from './routes.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The OpenAPI 3.1 document of all routes; the same input gives the same bytes. */
export function openApiDocument(routes: readonly Route[] = ROUTES) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'Tripod API', version, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/api/v1' }],
      tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
      paths,
      components: {
        schemas: { Problem },
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
    // Responses may grow: a client must not refuse a field it does not know.
    {
      override({ jsonSchema, io }) {
        if (io === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties;
      },
      outputIdSuffix: 'Output',
    },
  );
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { operationId, summary, description, tag, permission } = route;
  return {
    operationId,
    summary,
    ...(description && { description }),
    tags: [tag],
    security: permission === 'public' ? [] : [{ bearer: [] }],
    'x-permission': permission,
    requestParams: {
      ...(route.params && { path: route.params as never }),
      ...(route.query && { query: route.query as never }),
      ...(route.headers && { header: route.headers as never }),
    },
    ...(route.body && {
      requestBody: {
        required: !route.body.safeParse(undefined).success,
        content: { 'application/json': { schema: route.body } },
      },
    }),
    responses: { ...success(route), ...failures(route) } as ZodOpenApiResponsesObject,
  } as ZodOpenApiOperationObject;
}

function success({ response, summary }: Route): ZodOpenApiResponsesObject {
  const content =
    response.content ?? (response.schema && { 'application/json': { schema: response.schema } });
  const headers = Object.entries(response.headers ?? {}).map(([name, description]) => [
    name,
    { description, schema: { type: 'string' } },
  ]);
  return {
    [response.status]: {
      description: response.description ?? summary,
      ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
      ...(content && { content }),
    },
  } as ZodOpenApiResponsesObject;
}

/** What can go wrong follows from the declaration; `errors` adds what only the handler knows. */
function failures(route: Route): ZodOpenApiResponsesObject {
  const codes = new Set<ErrorCode>(route.errors);
  if (route.permission !== 'public')
    for (const code of ['unauthenticated', 'token_expired', 'session_ended'] as const) codes.add(code);
  if (route.permission !== 'public' && route.permission !== 'authenticated') codes.add('forbidden');
  if (route.params) codes.add('not_found');
  if (route.query || route.body || route.headers) codes.add('validation_failed');
  if (route.body)
    for (const code of ['malformed_request', 'too_large', 'unsupported_media_type'] as const) codes.add(code);
  codes.add('rate_limited').add('database_unavailable').add('internal');
  const byStatus = Map.groupBy([...codes].sort(), (code) => ERRORS[code].status);
  const entries = [...byStatus].map(([status, group]) => [
    String(status),
    { description: group.join(', '), content: { 'application/problem+json': { schema: Problem } } },
  ]);
  return Object.fromEntries(entries);
}
