import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MonitorSmartphone } from 'lucide-react';
import { api, bodyOf } from '../../api/client.ts';
import { describeError } from '../../api/problem.ts';
import type { components } from '../../api/schema.gen.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { showToast } from '../../ui/toast.tsx';
import { describeAgent } from './describe-agent.ts';

const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async ({ signal }) => bodyOf(await api.GET('/auth/sessions', { signal })),
});

export function SessionList() {
  const sessions = useQuery(sessionsQuery);
  return (
    <Card title="Sessions" flush>
      <QueryState query={sessions} skeleton={<SkeletonRows rows={3} />}>
        {({ items }) => (
          <ul className="divide-y divide-line/60">
            {items.map((session) => (
              <SessionItem key={session.id} session={session} />
            ))}
          </ul>
        )}
      </QueryState>
    </Card>
  );
}

function SessionItem({ session }: { session: components['schemas']['Session'] }) {
  const client = useQueryClient();
  const agent = describeAgent(session.user_agent);
  const end = useMutation({
    mutationFn: () => api.DELETE('/auth/sessions/{id}', { params: { path: { id: session.id } } }),
    onSuccess: () => showToast('ok', 'The session is signed out.'),
    onError: (error) => showToast('danger', `The session could not be signed out: ${describeError(error)}`),
    onSettled: () => client.invalidateQueries(sessionsQuery),
  });
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-3">
      <MonitorSmartphone className="size-5 shrink-0 text-gold-muted" aria-hidden="true" />
      <div className="min-w-0 flex-1 basis-48">
        <p className="flex flex-wrap items-center gap-2 font-medium" title={session.user_agent}>
          {agent}
          {session.current && <Badge tone="ok">This session</Badge>}
        </p>
        <p className="text-xs text-quiet">
          <span className="mono">{session.ip}</span>
          {' · used '}
          <RelativeTime value={session.last_used_at} />
          {' · since '}
          <RelativeTime value={session.created_at} />
        </p>
      </div>
      {!session.current && (
        <Button
          aria-label={`Sign out ${agent}, ${session.ip}`}
          busy={end.isPending}
          onClick={() => end.mutate()}
        >
          Sign out
        </Button>
      )}
    </li>
  );
}
