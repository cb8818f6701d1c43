import { ArrowDownToLine, ArrowUpFromLine, Ban, type LucideIcon, Workflow } from 'lucide-react';
import { cn } from '../../lib/cn.ts';
import { formatCount, formatSi, toSi } from '../../lib/format.ts';
import type { LiveStats } from './live-stats.ts';
import { total } from './rates.ts';

/** The four figures at a glance: rates large, exact totals below. */
export function TrafficFigures({ stats }: { stats: LiveStats & { stale: boolean } }) {
  const { snapshot, samples, stale } = stats;
  const rates = samples.at(-1)?.rates ?? null;
  const tile = { stale };
  return (
    <div className="grid grid-cols-2 gap-3 sm:gap-4 xl:grid-cols-4">
      <Tile
        {...tile}
        label="Packets in"
        icon={ArrowDownToLine}
        value={rates && toSi(rates.rxPackets)}
        unit="pps"
        aside={rates && formatSi(rates.rxBytes * 8, 'b/s')}
        total={snapshot && `${formatCount(snapshot.rx_packets)} in total`}
      />
      <Tile
        {...tile}
        label="Packets out"
        icon={ArrowUpFromLine}
        value={rates && toSi(rates.txPackets)}
        unit="pps"
        aside={rates && formatSi(rates.txBytes * 8, 'b/s')}
        total={snapshot && `${formatCount(snapshot.tx_packets)} in total`}
      />
      <Tile
        {...tile}
        label="Dropped"
        icon={Ban}
        value={rates && toSi(rates.dropped)}
        unit="pps"
        alarming={(rates?.dropped ?? 0) > 0}
        total={snapshot && `${formatCount(total(snapshot.drops))} in total`}
      />
      <Tile
        {...tile}
        label="Active flows"
        icon={Workflow}
        value={snapshot && { value: formatCount(snapshot.flows_active), prefix: '' }}
        total="seen lately, all instances"
      />
    </div>
  );
}

interface TileProps {
  label: string;
  icon: LucideIcon;
  value: { value: string; prefix: string } | null;
  unit?: string;
  aside?: string | null;
  total: string | null;
  alarming?: boolean;
  stale: boolean;
}

function Tile({
  label,
  icon: Icon,
  value,
  unit = '',
  aside,
  total: totalText,
  alarming = false,
  stale,
}: TileProps) {
  return (
    <section aria-label={label} className="rounded-xl border border-line bg-surface p-4 sm:p-5">
      <h2 className="flex items-center justify-between text-sm font-semibold">
        {label}
        <Icon aria-hidden="true" className="size-4 text-gold-muted" />
      </h2>
      <p className={cn('mt-3 flex flex-wrap items-baseline gap-x-2', stale && 'text-quiet')}>
        <span
          className={cn(
            'figures text-2xl font-semibold sm:text-3xl tracking-tight',
            stale ? 'text-quiet' : alarming ? 'text-danger' : 'text-gold',
          )}
        >
          {value?.value ?? '–'}
        </span>
        {value && <span className="text-sm">{value.prefix + unit}</span>}
        {aside && <span className="figures text-sm sm:ml-auto">{aside}</span>}
      </p>
      <p className="caption figures mt-1">{totalText ?? 'waiting for the first figures'}</p>
    </section>
  );
}
