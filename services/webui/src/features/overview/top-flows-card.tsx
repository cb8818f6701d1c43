import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Card } from '../../ui/card.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { FlowTable } from './flow-table.tsx';
import { flowsQuery } from './flows-query.ts';

export function TopFlowsCard() {
  const flows = useQuery(flowsQuery('bytes', 6));
  return (
    <Card
      title="Top flows"
      flush
      aside={
        <Link
          to="/overview/flows"
          className="inline-flex min-h-11 items-center text-sm text-primary-400 hover:underline"
        >
          All flows
        </Link>
      }
    >
      <QueryState query={flows} skeleton={<SkeletonRows rows={6} />}>
        {({ items }) => <FlowTable flows={items} />}
      </QueryState>
    </Card>
  );
}
