import { keepPreviousData, queryOptions } from '@tanstack/react-query';
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

/** Packets that each of these rules decided, since the fast path started. */
export function countersQuery(ruleIds: readonly string[]) {
  // Sorted, so that a table in another order goes on with what is known.
  const rule_ids = ruleIds.toSorted();
  return queryOptions({
    queryKey: ['fastpath', 'rules', rule_ids],
    queryFn: async ({ signal }) =>
      bodyOf(
        await api.GET('/fastpath/rules', {
          params: { query: { rule_ids } },
          querySerializer: { array: { style: 'form', explode: false } },
          signal,
        }),
      ),
    enabled: rule_ids.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: 1000,
    retry: false,
  });
}

/** The rules with the most packets, and the packets that no rule decided. */
export const busiestQuery = queryOptions({
  queryKey: ['fastpath', 'busiest'],
  queryFn: async ({ signal }) =>
    bodyOf(await api.GET('/fastpath/rules', { params: { query: { limit: 100 } }, signal })),
  refetchInterval: 1000,
  retry: false,
});
