import { useEffect, useRef, useState } from 'react';

interface Counted {
  rule_id: string;
  packets: number;
}

interface Reading {
  time: number;
  packets: Map<string, number>;
}

/** Readings come about every second, by a clock that is not the counters': over a longer span that does not matter. */
const SPAN_MS = 5000;

/** Packets per second of each rule over the last seconds, from readings at `time` (ms). Empty until the second one. */
export function useCounterRates(
  items: readonly Counted[] | undefined,
  time: number,
): ReadonlyMap<string, number> {
  const readings = useRef<Reading[]>([]);
  const [rates, setRates] = useState<ReadonlyMap<string, number>>(new Map());
  useEffect(() => {
    if (!items || time <= (readings.current.at(-1)?.time ?? 0)) return;
    const newest = { time, packets: new Map(items.map((item) => [item.rule_id, item.packets])) };
    readings.current = [...readings.current.filter((each) => each.time >= time - SPAN_MS), newest];
    const oldest = readings.current[0];
    if (oldest && oldest !== newest) setRates(ratesOf(oldest, newest));
  }, [items, time]);
  return rates;
}

function ratesOf(before: Reading, after: Reading): ReadonlyMap<string, number> {
  const seconds = (after.time - before.time) / 1000;
  // A counter that shrank belongs to a fast path that restarted: nothing is known until the old readings are gone.
  const growth = (id: string, count: number) => Math.max(0, count - (before.packets.get(id) ?? count));
  return new Map([...after.packets].map(([id, count]) => [id, growth(id, count) / seconds]));
}
