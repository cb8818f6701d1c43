import { Counter, Gauge, type Registry } from 'prom-client';
import type { Database } from './database.ts';
import { UNAVAILABILITY_REASONS } from './errors.ts';
import { READ_ROUTES } from './replica.ts';

/** Registers what the database layer counts; everything is read when it is scraped, and nothing asks the database. */
export function registerDatabaseMetrics(registry: Registry, db: Database): void {
  const registers = [registry];
  new Gauge({
    name: 'db_pool_connections',
    help: 'Connections of the pool by state; waiting = requests that wait for one',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(db.pool())) this.set({ state }, count);
    },
  });
  new Counter({
    name: 'db_unavailable_total',
    help: 'Statements and connections that the database did not serve, by reason',
    labelNames: ['reason'],
    registers,
    collect() {
      const { unavailable } = db.statistics();
      this.reset();
      for (const reason of UNAVAILABILITY_REASONS) this.inc({ reason }, unavailable.get(reason) ?? 0);
    },
  });
  new Counter({
    name: 'db_transaction_retries_total',
    help: 'Transactions run again after a deadlock, a serialization failure or a lost connection',
    registers,
    collect() {
      this.reset();
      this.inc(db.statistics().retries);
    },
  });
  if (db.statistics().replicaReads) registerReplicaMetrics(registry, db);
}

function registerReplicaMetrics(registry: Registry, db: Database): void {
  new Counter({
    name: 'db_replica_reads_total',
    help: 'Reads that a replica may serve, by where they went and why',
    labelNames: ['target', 'why'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [target, reasons] of Object.entries(READ_ROUTES))
        for (const why of reasons) this.inc({ target, why }, 0);
      for (const { target, why, count } of db.statistics().replicaReads ?? [])
        this.inc({ target, why }, count);
    },
  });
  new Gauge({
    name: 'db_replica_lag_seconds',
    help: 'How old an answer of the replica may be at most; NaN while it is away',
    registers: [registry],
    collect() {
      const lagMs = db.health().replica?.lagMs ?? null;
      this.set(lagMs === null ? Number.NaN : lagMs / 1000);
    },
  });
}
