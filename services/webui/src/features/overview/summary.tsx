import { Alert } from '../../ui/alert.tsx';
import { Card } from '../../ui/card.tsx';
import { DropsCard } from './drops-card.tsx';
import { FastPathCard } from './fastpath-card.tsx';
import { RuleHitsCard } from './rule-hits-card.tsx';
import { StreamState } from './stream-state.tsx';
import { TopFlowsCard } from './top-flows-card.tsx';
import { TrafficChart } from './traffic-chart.tsx';
import { TrafficFigures } from './traffic-figures.tsx';
import { useLiveStats } from './use-live-stats.ts';

export function Summary() {
  const stats = useLiveStats();
  const instances = stats.snapshot?.instances ?? [];
  const away = instances.filter((instance) => !instance.reachable);
  return (
    <div className="flex flex-col gap-4">
      {away.length > 0 && (
        <Alert tone="warning">
          The figures lack {away.map(({ address }) => address).join(', ')}: not reachable at the moment.
        </Alert>
      )}
      <TrafficFigures stats={stats} />
      <div className="grid gap-4 xl:grid-cols-3">
        <div className="flex min-w-0 flex-col gap-4 xl:col-span-2">
          <Card title="Traffic, last 5 minutes" aside={<StreamState {...stats} />}>
            <TrafficChart samples={stats.samples} />
          </Card>
          <RuleHitsCard />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <FastPathCard />
          <DropsCard {...stats} className="flex-1" />
        </div>
      </div>
      <TopFlowsCard />
    </div>
  );
}
