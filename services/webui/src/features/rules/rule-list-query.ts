import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, bodyOf } from '../../api/client.ts';
import type { paths } from '../../api/schema.gen.ts';
import type { ListShape, ListState } from '../../lib/list-state.ts';

export const PER_PAGE = 25;

export const RULE_LIST: ListShape = {
  sorts: ['priority', 'name', 'updated_at'],
  defaultSort: 'priority',
  filters: {
    action: ['allow', 'drop', 'rate_limit'],
    protocol: ['any', 'tcp', 'udp', 'icmp'],
    enabled: ['true', 'false'],
  },
};

type Query = NonNullable<paths['/rules']['get']['parameters']['query']>;

export const ruleListQuery = ({ q, sort, page, filters }: ListState) =>
  queryOptions({
    queryKey: ['rules', 'list', { q, sort, page, filters }],
    queryFn: async ({ signal }) => {
      // The shape above lets nothing else through than what the API's enums hold.
      const query = { ...(q && { q }), sort, page, per_page: PER_PAGE, ...filters } as Query;
      return bodyOf(await api.GET('/rules', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
