import { addTotals, noTotals, readTotals, type Totals } from '../engine/counters.ts';
import { readSlotGauge } from '../port/slot-pool.ts';
import type { DataPlane } from './data-plane.ts';

export type WorkerSnapshot = Totals & {
  readonly worker: number;
  readonly running: boolean;
  readonly restarts: number;
  readonly slots: { readonly slots: number; readonly used: number; readonly peak: number };
};

/** All counters at one moment, by worker, of the kernel, and in sum. */
export type Snapshot = {
  readonly timeMs: number;
  readonly total: Totals;
  /** What the kernel decided before any worker; null: this port does nothing there. */
  readonly kernel: Totals | null;
  /** Packets on the port's interface that were none of ours and went their way unjudged. */
  readonly ignoredPackets: number;
  readonly workers: WorkerSnapshot[];
};

/** Reads the counters where they are; costs the data workers nothing. */
export function snapshot(plane: DataPlane): Snapshot {
  const { kernel } = plane.port;
  plane.port.collect();
  const workers = plane.workers.map(({ thread, counters, slots }) => ({
    ...readTotals(counters),
    worker: thread.index,
    running: thread.running,
    restarts: thread.restarts,
    slots: readSlotGauge(slots),
  }));
  const inKernel = kernel?.totals() ?? null;
  const total = noTotals();
  for (const part of inKernel ? [...workers, inKernel] : workers) addTotals(total, part);
  const ignoredPackets = kernel?.ignoredPackets() ?? 0;
  return { timeMs: Date.now(), total, kernel: inKernel, ignoredPackets, workers };
}
