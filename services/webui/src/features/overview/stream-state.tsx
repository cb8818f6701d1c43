import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusDot } from '../../ui/status-dot.tsx';
import type { LiveStats } from './live-stats.ts';

/** Whether the figures are of this second, and if not, of when. */
export function StreamState({ snapshot, interrupted, stale }: LiveStats & { stale: boolean }) {
  const tone = stale ? 'danger' : snapshot ? 'ok' : 'quiet';
  return (
    <p className="flex items-center gap-2 text-sm" title={interrupted ?? undefined}>
      <StatusDot tone={tone} />
      {!stale && (snapshot ? 'Live' : 'Connecting…')}
      {stale &&
        (snapshot ? (
          <span>
            Stale: last figures <RelativeTime value={snapshot.time} />
          </span>
        ) : (
          'No figures, trying again'
        ))}
    </p>
  );
}
