import { queryOptions } from '@tanstack/react-query';
import { api, bodyOf } from '../../api/client.ts';
import type { components } from '../../api/schema.gen.ts';

export type Flow = components['schemas']['Flow'];
export type FlowOrder = 'bytes' | 'packets';

/** The top talkers of all instances. */
export const flowsQuery = (order: FlowOrder, limit: number) =>
  queryOptions({
    queryKey: ['fastpath', 'flows', order, limit],
    queryFn: async ({ signal }) =>
      bodyOf(await api.GET('/fastpath/flows', { params: { query: { order, limit } }, signal })),
    refetchInterval: 2000,
    retry: false,
  });
