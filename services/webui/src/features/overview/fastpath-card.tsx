import { useQuery } from '@tanstack/react-query';
import { ServerOff } from 'lucide-react';
import { type FastPathStatus, statusQuery } from '../../api/fastpath.ts';
import { formatCount } from '../../lib/format.ts';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { InstanceBadges } from './instance-badges.tsx';

/** How the data plane runs, why so, and whether it enforces the rules as they are saved. */
export function FastPathCard() {
  const status = useQuery(statusQuery);
  return (
    <Card title="Fast path" flush aside={status.data && <SyncCount status={status.data} />}>
      <QueryState query={status} skeleton={<SkeletonRows rows={4} />}>
        {({ enabled, instances }) =>
          instances.length === 0 ? (
            <EmptyState
              icon={ServerOff}
              title={enabled ? 'No instance found' : 'Running without a fast path'}
            >
              {enabled
                ? 'The address is configured, but nothing was found there.'
                : 'Set FASTPATH_ADDRESS to guard traffic.'}
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line/60">
              {instances.map((instance) => (
                <li key={instance.address} className="flex flex-col gap-2 px-5 py-3">
                  <div className="flex flex-wrap items-center justify-between gap-2">
                    <span className="mono">{instance.address}</span>
                    <InstanceBadges instance={instance} />
                  </div>
                  <p className="text-sm text-quiet">{instance.error ?? instance.mode_reason}</p>
                  <p className="caption">
                    {formatCount(instance.rule_count)} rules in force
                    {instance.started_at && (
                      <>
                        {' · started '}
                        <RelativeTime value={instance.started_at} />
                      </>
                    )}
                  </p>
                </li>
              ))}
            </ul>
          )
        }
      </QueryState>
    </Card>
  );
}

function SyncCount({ status: { instances } }: { status: FastPathStatus }) {
  if (instances.length === 0) return null;
  const inSync = instances.filter((instance) => instance.reachable && instance.in_sync).length;
  return (
    <span className="figures text-sm">
      {inSync} of {instances.length} in sync
    </span>
  );
}
