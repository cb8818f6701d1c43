import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { statusQuery } from '../../api/fastpath.ts';
import { useCan } from '../../api/me.ts';
import { useConnectivity } from '../../api/use-connectivity.ts';
import { StatusDot } from '../../ui/status-dot.tsx';
import { summarizeFastPath } from './fastpath-health.ts';

function useFastPathHealth() {
  const enabled = useCan('fastpath:read');
  const { data } = useQuery({ ...statusQuery, enabled });
  return data && summarizeFastPath(data);
}

/** In the top bar: is everything well, in a few words. */
export function StatusChip() {
  const api = useConnectivity();
  const fastPath = useFastPathHealth();
  const shown = api.reachable ? fastPath : { tone: 'danger' as const, label: 'API unreachable' };
  if (!shown) return null;
  return (
    <Link
      to="/overview/instances"
      className="flex min-h-11 items-center gap-2 rounded-lg px-3 text-sm whitespace-nowrap transition-colors hover:bg-line/60"
    >
      <StatusDot tone={shown.tone} />
      {shown.label}
    </Link>
  );
}

/** Below the top bar while a service is away. The region is always there, so that its content is announced. */
export function DegradedBanner() {
  const api = useConnectivity();
  const fastPath = useFastPathHealth();
  const problem = api.reachable
    ? fastPath?.problem
    : `The API cannot be reached: ${api.reason} What you see may be out of date.`;
  return (
    <div role="status" aria-label="Service state">
      {problem && (
        <p className="border-b border-danger/30 bg-danger/10 px-4 py-3 text-sm text-danger sm:px-6 lg:px-8">
          <strong className="font-semibold">Degraded.</strong> {problem} Trying again by itself.
        </p>
      )}
    </div>
  );
}
