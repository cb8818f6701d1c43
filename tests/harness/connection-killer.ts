import { setImmediate as breathe } from 'node:timers/promises';
import type { Store } from './stored-state.ts';

/** Kills connections of the database, other than the one it asks on, one at a time, until so many are killed. */
export async function untilConnectionsKilled(store: Store, count: number): Promise<void> {
  const kill = store.type === 'postgres' ? killOfPostgres : killOfMysql;
  for (let killed = 0; killed < count; ) {
    if (await kill(store)) killed++;
    // Nobody was connected, or not yet: the next look is a round trip away.
    await breathe();
  }
}

async function killOfPostgres({ knex }: Store): Promise<boolean> {
  const { rows } = await knex.raw(`
    select pg_terminate_backend(pid) as killed from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
    order by random() limit 1`);
  return rows[0]?.killed === true;
}

async function killOfMysql({ knex }: Store): Promise<boolean> {
  const [rows] = await knex.raw(`
    select id from information_schema.processlist
    where db = database() and id <> connection_id() order by rand() limit 1`);
  if (rows.length === 0) return false;
  // It may have ended by itself in between.
  return knex.raw(`kill ${Number(rows[0].id)}`).then(
    () => true,
    () => false,
  );
}
