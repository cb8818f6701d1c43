import { useQuery } from '@tanstack/react-query';
import { ServerOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { statusQuery } from '../../api/fastpath.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';

/** Its children ask the fast path, so they exist only in an installation that has one. */
export function FastPathGate({ children }: { children: ReactNode }) {
  const status = useQuery(statusQuery);
  return (
    <QueryState query={status} skeleton={<SkeletonRows rows={8} />}>
      {({ enabled }) =>
        enabled ? (
          children
        ) : (
          <EmptyState icon={ServerOff} title="Running without a fast path">
            Set FASTPATH_ADDRESS to guard traffic.
          </EmptyState>
        )
      }
    </QueryState>
  );
}
