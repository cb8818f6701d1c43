import type { Unavailability, UnavailabilityReason } from './errors.ts';
import { unavailability } from './errors.ts';

/** What the statements of this process have found out about the primary. */
export interface HealthState {
  failed(error: unknown): void;
  /** A transaction that began at `begunAt` was committed. */
  committed(begunAt: number): void;
  readonly primary: Unavailability | null;
  readonly diskFullAt: number | null;
  readonly readOnlyAt: number | null;
  /** Failures so far, by reason. */
  readonly counts: ReadonlyMap<UnavailabilityReason, number>;
}

export function createHealthState(): HealthState {
  let primary: Unavailability | null = null;
  let failedAt = 0;
  const at: { disk_full: number | null; read_only: number | null } = { disk_full: null, read_only: null };
  const counts = new Map<UnavailabilityReason, number>();
  return {
    failed(error) {
      const found = unavailability(error);
      if (!found) return;
      counts.set(found.reason, (counts.get(found.reason) ?? 0) + 1);
      primary = found;
      failedAt = Date.now();
      if (found.reason === 'disk_full' || found.reason === 'read_only') at[found.reason] = failedAt;
    },
    committed(begunAt) {
      if (begunAt < failedAt) return;
      primary = null;
      at.disk_full = null;
      at.read_only = null;
    },
    get primary() {
      return primary;
    },
    get diskFullAt() {
      return at.disk_full;
    },
    get readOnlyAt() {
      return at.read_only;
    },
    counts,
  };
}
