import { queryOptions } from '@tanstack/react-query';
import { api, bodyOf } from './client.ts';
import type { components } from './schema.gen.ts';

export type FastPathStatus = components['schemas']['FastPathStatus'];
export type FastPathInstance = FastPathStatus['instances'][number];

/** Asked for again and again, also when it fails: it is what notices that a service went away or came back. */
export const statusQuery = queryOptions({
  queryKey: ['fastpath', 'status'],
  queryFn: async ({ signal }) => bodyOf(await api.GET('/fastpath/status', { signal })),
  refetchInterval: 3000,
  retry: false,
});

/** Packets that each rule decided, since the fast path started. */
export const countersQuery = queryOptions({
  queryKey: ['fastpath', 'rules'],
  queryFn: async ({ signal }) => bodyOf(await api.GET('/fastpath/rules', { signal })),
  // Each second for what people write by hand; a set of many thousands is not worth that.
  refetchInterval: (query) => ((query.state.data?.items.length ?? 0) > 1000 ? 10_000 : 1000),
  retry: false,
});
