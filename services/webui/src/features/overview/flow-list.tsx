import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { formatCount } from '../../lib/format.ts';
import { Card } from '../../ui/card.tsx';
import { FilterSelect } from '../../ui/filter-select.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { FlowTable } from './flow-table.tsx';
import { flowsQuery } from './flows-query.ts';

const ORDERS = [
  ['bytes', 'Most bytes first'],
  ['packets', 'Most packets first'],
] as const;

export function FlowList() {
  const [params, setParams] = useSearchParams();
  const order = params.get('order') === 'packets' ? 'packets' : 'bytes';
  const flows = useQuery(flowsQuery(order, 100));
  return (
    <Card
      title={flows.data ? `${formatCount(flows.data.flows_active)} active flows, the largest 100` : 'Flows'}
      flush
      aside={
        <FilterSelect
          label="Order"
          value={order}
          options={ORDERS}
          onChange={(value) => setParams(value === 'bytes' ? {} : { order: value }, { replace: true })}
        />
      }
    >
      <QueryState query={flows} skeleton={<SkeletonRows rows={10} />}>
        {({ items }) => <FlowTable flows={items} />}
      </QueryState>
    </Card>
  );
}
