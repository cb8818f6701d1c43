import createClient from 'openapi-fetch';
import { authorizedFetch } from './authorized-fetch.ts';
import { ApiError, readProblem } from './problem.ts';
import type { paths } from './schema.gen.ts';

export const api = createClient<paths>({ baseUrl: '/api/v1', fetch: authorizedFetch });

// Failures are thrown, so that callers see data only and queries see errors.
api.use({
  async onResponse({ response }) {
    if (!response.ok) throw new ApiError(response.status, await readProblem(response));
  },
});

/** The body of a reply that has one. */
export function bodyOf<T>(reply: { data?: T | undefined }): T {
  if (reply.data === undefined) throw new Error('The API sent an empty reply.');
  return reply.data;
}
