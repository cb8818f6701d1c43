import { useQuery } from '@tanstack/react-query';
import { ServerOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { type FastPathInstance, type FastPathStatus, statusQuery } from '../../api/fastpath.ts';
import { cn } from '../../lib/cn.ts';
import { formatCount } from '../../lib/format.ts';
import { modeName } from '../../lib/mode-name.ts';
import { Alert } from '../../ui/alert.tsx';
import { Card } from '../../ui/card.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { InstanceBadges } from './instance-badges.tsx';

export function InstanceList() {
  const status = useQuery(statusQuery);
  return (
    <QueryState query={status} skeleton={<SkeletonRows rows={8} />}>
      {(data) =>
        data.instances.length === 0 ? (
          <EmptyState
            icon={ServerOff}
            title={data.enabled ? 'No instance found' : 'Running without a fast path'}
          >
            {data.enabled
              ? 'The address is configured, but nothing was found there.'
              : 'Set FASTPATH_ADDRESS to guard traffic.'}
          </EmptyState>
        ) : (
          <div className={cn('grid gap-4', data.instances.length > 1 && '2xl:grid-cols-2')}>
            {data.instances.map((instance) => (
              <InstanceCard key={instance.address} instance={instance} desired={data.desired} />
            ))}
          </div>
        )
      }
    </QueryState>
  );
}

function InstanceCard({
  instance,
  desired,
}: {
  instance: FastPathInstance;
  desired: FastPathStatus['desired'];
}) {
  const { applied } = instance;
  return (
    <Card title={instance.hostname ?? instance.address} aside={<InstanceBadges instance={instance} />}>
      {instance.error && (
        <Alert tone={instance.reachable ? 'warning' : 'danger'} className="mb-4">
          {instance.error}
        </Alert>
      )}
      <dl className="grid gap-x-8 gap-y-5 sm:grid-cols-2 lg:grid-cols-3">
        <Detail term="Control address" mono>
          {instance.address}
        </Detail>
        <Detail term="Data addresses" mono>
          {instance.data_addresses.length === 0 && '–'}
          {instance.data_addresses.map((address) => (
            <span key={address} className="block">
              {address}
            </span>
          ))}
        </Detail>
        <Detail term="Mode">
          {instance.mode ? modeName(instance.mode) : '–'}
          {instance.mode_reason && <span className="block text-quiet">{instance.mode_reason}</span>}
        </Detail>
        <Detail term="Rule set in force">
          {applied ? `revision ${formatCount(applied.revision)}` : 'none yet'}
          <span className="block text-quiet">saved: revision {formatCount(desired.revision)}</span>
        </Detail>
        <Detail term="Rules">
          {formatCount(instance.rule_count)} in {formatCount(instance.mask_count)} masks, generation{' '}
          {formatCount(instance.generation)}
        </Detail>
        <Detail term="Workers">{formatCount(instance.workers)}</Detail>
        <Detail term="Started">
          {instance.started_at ? <RelativeTime value={instance.started_at} /> : '–'}
        </Detail>
        <Detail term="Last seen">
          {instance.last_seen_at ? <RelativeTime value={instance.last_seen_at} /> : 'never'}
        </Detail>
        <Detail term="Version">{instance.version ?? '–'}</Detail>
        <Detail term="Instance" mono>
          {instance.instance_id ?? '–'}
        </Detail>
      </dl>
    </Card>
  );
}

function Detail({ term, mono = false, children }: { term: string; mono?: boolean; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="caption">{term}</dt>
      <dd className={mono ? 'mt-0.5 mono leading-5 break-all' : 'mt-0.5'}>{children}</dd>
    </div>
  );
}
