import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatSi } from '../../lib/format.ts';
import { type LiveStats, WINDOW_S } from './live-stats.ts';
import type { Rates } from './rates.ts';

const SERIES = [
  { label: 'In', colour: '#38bdf8', fill: 'rgb(56 189 248 / 0.12)', pick: (rates: Rates) => rates.rxPackets },
  { label: 'Out', colour: '#fbbf24', fill: undefined, pick: (rates: Rates) => rates.txPackets },
  {
    label: 'Dropped',
    colour: '#fb7185',
    fill: 'rgb(251 113 133 / 0.18)',
    pick: (rates: Rates) => rates.dropped,
  },
];

const HEIGHT = 280;
/** The axis never zooms in on noise: it shows at least this many packets per second. */
const LEAST_PPS = 10;

/** Packets per second of the last five minutes. */
export function TrafficChart({ samples }: { samples: LiveStats['samples'] }) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [hovered, setHovered] = useState<number | null>(null);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const chart = new uPlot(options(element.clientWidth, setHovered), toData([]), element);
    plot.current = chart;
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, []);

  useEffect(() => plot.current?.setData(toData(samples)), [samples]);

  const shown = (hovered === null ? samples.at(-1) : samples[hovered])?.rates;
  return (
    <figure>
      <figcaption className="mb-2 flex flex-wrap items-center gap-x-6 gap-y-1">
        {SERIES.map(({ label, colour, pick }) => (
          <span key={label} className="flex items-center gap-2 text-sm">
            <span aria-hidden="true" className="h-0.5 w-4 rounded" style={{ background: colour }} />
            {label}
            <span className="figures min-w-20 font-medium text-gold">
              {shown ? formatSi(pick(shown), 'pps') : '–'}
            </span>
          </span>
        ))}
      </figcaption>
      <div
        ref={frame}
        role="img"
        aria-label={describe(samples)}
        className="h-[280px] w-full overflow-hidden"
      />
    </figure>
  );
}

function toData(samples: LiveStats['samples']): uPlot.AlignedData {
  const columns = SERIES.map(({ pick }) => samples.map(({ rates }) => (rates ? pick(rates) : null)));
  return [samples.map(({ time }) => time), ...columns] as uPlot.AlignedData;
}

/** The picture in words, for those who do not see it. */
function describe(samples: LiveStats['samples']): string {
  const known = samples.flatMap(({ rates }) => rates ?? []);
  if (known.length === 0) return 'Packets per second, last 5 minutes: no data yet';
  const peak = (pick: (rates: Rates) => number) => formatSi(Math.max(...known.map(pick)), 'pps');
  return `Packets per second, last 5 minutes. Peaks: ${SERIES.map(({ label, pick }) => `${label} ${peak(pick)}`).join(', ')}`;
}

function options(width: number, onHover: (index: number | null) => void): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: '#94a3b8',
    font: '12px "Inter Variable", sans-serif',
    grid: { stroke: '#334155', width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    padding: [12, 12, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    hooks: { setLegend: [(chart) => onHover(chart.cursor.idx ?? null)] },
    scales: {
      x: { range: (_chart, _min, max) => [(max ?? Date.now() / 1000) - WINDOW_S, max ?? Date.now() / 1000] },
      y: { range: (_chart, _min, max) => [0, Math.max(LEAST_PPS, (max ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 90, size: 32, values: '{HH}:{mm}:{ss}' },
      { ...axis, size: 48, values: (_chart, ticks) => ticks.map((tick) => formatSi(tick, '').trim()) },
    ],
    series: [
      {},
      ...SERIES.map(({ label, colour, fill }) => ({
        label,
        stroke: colour,
        width: 1.5,
        points: { show: false },
        ...(fill && { fill }),
      })),
    ],
  };
}
