import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { busiestQuery } from '../../api/fastpath.ts';
import { useRuleNames } from '../../api/rule-names.ts';
import { cn } from '../../lib/cn.ts';
import { formatCount, formatSi } from '../../lib/format.ts';
import { Card } from '../../ui/card.tsx';
import { QueryState } from '../../ui/query-state.tsx';
import { SkeletonRows } from '../../ui/skeleton.tsx';
import { useCounterRates } from './use-counter-rates.ts';

const MOST = 5;

/** The rules that decide most now, among those that have decided most so far, and what no rule decided. */
export function RuleHitsCard() {
  const counters = useQuery(busiestQuery);
  const rates = useCounterRates(counters.data?.items, counters.dataUpdatedAt);
  const busiest = [...(counters.data?.items ?? [])]
    .filter(({ packets }) => packets > 0)
    .sort((a, b) => (rates.get(b.rule_id) ?? 0) - (rates.get(a.rule_id) ?? 0) || b.packets - a.packets)
    .slice(0, MOST);
  const ruleName = useRuleNames(busiest.map(({ rule_id }) => rule_id));
  return (
    <Card
      title="Rule hits"
      flush
      aside={
        <Link
          to="/rules"
          className="inline-flex min-h-11 items-center text-sm text-primary-400 hover:underline"
        >
          All rules
        </Link>
      }
    >
      <QueryState query={counters} skeleton={<SkeletonRows rows={5} />}>
        {({ unmatched }) => (
          <ul>
            {busiest.map(({ rule_id, packets, dropped_packets }) => (
              <Hit
                key={rule_id}
                name={ruleName(rule_id)}
                rate={rates.get(rule_id) ?? 0}
                packets={packets}
                dropped={dropped_packets}
              />
            ))}
            <Hit name="No rule: allowed" packets={unmatched.packets} dropped={0} quiet />
          </ul>
        )}
      </QueryState>
    </Card>
  );
}

interface HitProps {
  name: string;
  rate?: number;
  packets: number;
  dropped: number;
  quiet?: boolean;
}

function Hit({ name, rate, packets, dropped, quiet = false }: HitProps) {
  return (
    <li className="flex flex-wrap items-baseline justify-end gap-x-4 px-5 py-2.5">
      <span
        className={cn('min-w-0 flex-1 basis-full truncate sm:basis-0', quiet && 'text-quiet')}
        title={name}
      >
        {name}
      </span>
      {dropped > 0 && (
        <span className="figures text-xs whitespace-nowrap text-danger">{formatCount(dropped)} dropped</span>
      )}
      {rate !== undefined && (
        <span className="figures w-20 text-right whitespace-nowrap text-primary-400">
          {formatSi(rate, 'pps')}
        </span>
      )}
      <span className="figures min-w-16 text-right">{formatCount(packets)}</span>
    </li>
  );
}
