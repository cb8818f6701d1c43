import { formatCount, formatSi } from '../../lib/format.ts';
import { Card } from '../../ui/card.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import type { LiveStats } from './live-stats.ts';
import { total } from './rates.ts';

const REASONS: Record<string, string> = {
  rule: 'Drop rule',
  rate_limit: 'Over the rate limit',
  malformed: 'Malformed packet',
  bad_checksum: 'Wrong checksum',
  unsupported: 'Fragment or unsupported header',
  too_long: 'Too long',
  no_socket: 'No worker for its queue',
  no_slot: 'No free slot',
  tx_error: 'Could not be sent',
  socket_buffer: 'Socket buffer full',
  handler_error: 'Packet handler failed',
  worker_lost: 'Data worker lost',
  reply_loop: 'Reply loop refused',
};

/** Why packets were dropped, the commonest reason first. */
export function DropsCard({ snapshot, samples, className }: LiveStats & { className: string }) {
  const rates = samples.at(-1)?.rates;
  const reasons = Object.entries(snapshot?.drops ?? {}).sort(([, a], [, b]) => b - a);
  const all = total(snapshot?.drops ?? {});
  return (
    <Card title="Drops by reason" flush className={className}>
      {!snapshot && (
        <div aria-busy="true">
          <SkeletonRows rows={4} />
        </div>
      )}
      {snapshot && all === 0 && <p className="px-5 py-4 text-quiet">Nothing has been dropped.</p>}
      <ul>
        {reasons
          .filter(([, count]) => count > 0)
          .map(([reason, count]) => (
            <li key={reason} className="px-5 py-2.5">
              <div className="flex items-baseline justify-between gap-4">
                <span>{REASONS[reason] ?? reason}</span>
                <span className="figures whitespace-nowrap">
                  <span className="mr-3 text-danger">
                    {rates ? formatSi(rates.drops[reason] ?? 0, 'pps') : '–'}
                  </span>
                  {formatCount(count)}
                </span>
              </div>
              <div aria-hidden="true" className="mt-1.5 h-1 rounded bg-line/60">
                <div className="h-1 rounded bg-danger/70" style={{ width: `${(count / all) * 100}%` }} />
              </div>
            </li>
          ))}
      </ul>
    </Card>
  );
}
