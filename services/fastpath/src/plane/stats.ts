import { DROP_REASONS, readTotals, type Totals } from '../engine/counters.ts';
import { readSlotGauge } from '../port/slot-pool.ts';
import type { DataPlane } from './data-plane.ts';

export type WorkerSnapshot = Totals & {
  readonly worker: number;
  readonly running: boolean;
  readonly restarts: number;
  readonly slots: { readonly slots: number; readonly used: number; readonly peak: number };
};

/** All counters at one moment, by worker and in sum. */
export type Snapshot = {
  readonly timeMs: number;
  readonly total: Totals;
  readonly workers: WorkerSnapshot[];
};

/** Reads the counters where they are; costs the data workers nothing. */
export function snapshot(plane: DataPlane): Snapshot {
  plane.port.collectKernelDrops();
  const workers = plane.workers.map(({ thread, counters, slots }) => ({
    ...readTotals(counters),
    worker: thread.index,
    running: thread.running,
    restarts: thread.restarts,
    slots: readSlotGauge(slots),
  }));
  return { timeMs: Date.now(), total: sum(workers), workers };
}

function sum(workers: readonly Totals[]): Totals {
  const total = readTotals(new Float64Array(64));
  for (const worker of workers) {
    for (const [name, value] of Object.entries(worker)) {
      if (typeof value === 'number' && name in total) total[name as 'rxPackets'] += value;
    }
    for (const reason of DROP_REASONS) total.drops[reason] += worker.drops[reason];
  }
  return total;
}
