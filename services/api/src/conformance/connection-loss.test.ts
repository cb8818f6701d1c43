import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import type { Database, Transaction } from '../db/database.ts';
import { unavailability } from '../db/errors.ts';
import { mintBearer } from '../testing/mint.ts';
import { findUser, insertUser, updateUser } from '../users/users.repository.ts';
import { onEachDatabase, type Subject } from './each-database.ts';
import { userRow } from './samples.ts';

/** How a server names a connection, and ends it. SQLite's is lost with its process alone. */
const KILLING = {
  postgres: { id: 'pg_backend_pid()', kill: (id: number) => `select pg_terminate_backend(${id})` },
  mysql: { id: 'connection_id()', kill: (id: number) => `kill ${id}` },
  mariadb: { id: 'connection_id()', kill: (id: number) => `kill ${id}` },
};

const ALL_OTHERS = {
  postgres:
    'select pid as id from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  mysql: 'select id from information_schema.processlist where db = database() and id <> connection_id()',
  mariadb: 'select id from information_schema.processlist where db = database() and id <> connection_id()',
};

type Server = keyof typeof KILLING;

async function killConnectionOf(trx: Transaction, by: Database, server: Server): Promise<void> {
  const { id } = await trx.first(trx.raw(`${KILLING[server].id} as id`));
  await by.knex.raw(KILLING[server].kill(id));
}

/** Kills every connection of the application once. */
async function killAll(subject: Subject, server: Server): Promise<number> {
  const { knex } = subject.database.db;
  const answer = await knex.raw(ALL_OTHERS[server]);
  const ids: number[] = (server === 'postgres' ? answer.rows : answer[0]).map(({ id }: { id: number }) => id);
  // One that has gone by itself meanwhile is no error.
  for (const id of ids) await knex.raw(KILLING[server].kill(id)).catch(() => undefined);
  return ids.length;
}

/** So many at least, which lie idle in the pool afterwards: transactions that wait for one another share none. */
async function openConnections(db: Database, count: number): Promise<void> {
  const all = Promise.withResolvers<void>();
  let begun = 0;
  const hold = async (trx: Transaction) => {
    await trx.raw('select 1');
    begun += 1;
    if (begun === count) all.resolve();
    await all.promise;
  };
  await Promise.all(Array.from({ length: count }, () => db.transaction(hold)));
}

/** Another process, in the middle of a transaction that deletes all users. */
async function startDeleting({ database }: Subject) {
  const { file } = database.config as { file: string };
  const script = `const db = new (require('better-sqlite3'))(process.argv[1]);
    db.pragma('foreign_keys = ON'); db.exec('begin immediate; delete from users'); console.log('done');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script, file], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

onEachDatabase('a connection killed', (subject) => {
  const server = subject.dialect;
  if (server === 'sqlite') {
    it('with its process: nothing of its transaction is there, and the next one can begin', async () => {
      const [before, after] = [userRow(), userRow()];
      await subject.db.transaction((trx) => insertUser(trx, before));
      const other = await startDeleting(subject);
      const exited = once(other, 'exit');
      other.kill('SIGKILL');
      await exited;
      await subject.db.transaction((trx) => insertUser(trx, after));
      for (const { id } of [before, after]) expect(await findUser(subject.db.knex, id)).toMatchObject({ id });
    });
    return;
  }

  it('in the middle of a transaction: it was rolled back and runs again as a whole', async () => {
    const user = userRow();
    let attempts = 0;
    await subject.db.transaction(async (trx) => {
      attempts += 1;
      await insertUser(trx, user);
      if (attempts === 1) await killConnectionOf(trx, subject.database.db, server);
      await updateUser(trx, user.id, { updated_at: attempts });
    });
    expect(attempts).toBe(2);
    expect(await findUser(subject.db.knex, user.id)).toMatchObject({ updated_at: 2 });
    expect(await subject.db.knex('user_search_terms').where({ user_id: user.id })).toHaveLength(2);
  });

  it('each time: ends with the reason, and nothing of it is there', async () => {
    const user = userRow();
    const failing = subject.db.transaction(async (trx) => {
      await insertUser(trx, user);
      await killConnectionOf(trx, subject.database.db, server);
      await updateUser(trx, user.id, { updated_at: 1 });
    });
    const error = await failing.catch((reason: unknown) => reason);
    expect(unavailability(error)?.reason).toBe('connection_lost');
    expect(await findUser(subject.db.knex, user.id)).toBeUndefined();
  });

  it('before its COMMIT: the change is there or it is not, and the answer does not lie', async () => {
    const user = userRow();
    let attempts = 0;
    const outcome = await subject.db
      .transaction(async (trx) => {
        attempts += 1;
        await insertUser(trx, user);
        if (attempts === 1) await killConnectionOf(trx, subject.database.db, server);
      })
      .then(
        () => 'done',
        (error: unknown) => unavailability(error)?.reason,
      );
    const found = await findUser(subject.db.knex, user.id);
    // Done and there, or "may or may not have happened" and, as the kill came first, not there.
    expect([outcome, found?.id]).toEqual(
      outcome === 'done' ? ['done', user.id] : ['connection_lost', undefined],
    );
  });

  it('while it lies idle in the pool: nobody notices', async () => {
    await openConnections(subject.db, 3);
    expect(await killAll(subject, server)).toBeGreaterThanOrEqual(3);
    const users = Array.from({ length: 10 }, () => userRow());
    await Promise.all(users.map((user) => subject.db.transaction((trx) => insertUser(trx, user))));
    expect((await findUser(subject.db.knex, users[9]!.id))?.id).toBe(users[9]!.id);
  });

  it('again and again under load: what was acknowledged is there, and nothing by halves', async () => {
    const bearer = await mintBearer(subject.ctx, 'admin');
    const acknowledged: string[] = [];
    let killed = 0;
    const create = async (name: string) => {
      const request = subject.app.request().post('/api/v1/rules').set(bearer);
      const { status, body, headers } = await request.send({ name, action: 'drop' });
      if (status === 201) acknowledged.push(body.id);
      // Also where the session is looked up: a reading is not repeated.
      else {
        expect([status, body.code]).toEqual([503, 'database_unavailable']);
        expect(Number(headers['retry-after'])).toBeGreaterThan(0);
        expect(body.detail).toMatch(/connection to the database was lost/);
      }
    };
    for (let round = 0; round < 12; round++) {
      const creating = [1, 2, 3, 4, 5, 6].map((n) => create(`Rule ${round}.${n}`));
      // Somewhere in the middle of them, elsewhere in each round.
      for (let n = 0; n < 3; n++) killed += await killAll(subject, server);
      await Promise.all(creating);
    }
    expect(killed).toBeGreaterThan(10);
    const { knex } = subject.db;
    const rules: string[] = await knex('rules').pluck('id');
    for (const id of acknowledged) expect(rules).toContain(id);
    // A rule, its entry and its revision came together or not at all.
    const entries: string[] = await knex('audit_logs').where({ action: 'rule.created' }).pluck('resource_id');
    expect(entries.sort()).toEqual(rules.sort());
    const { revision, rule_count } = await knex('ruleset_state').first();
    expect([Number(revision) - 1, Number(rule_count)]).toEqual([rules.length, rules.length]);
    expect(subject.db.pool()).toMatchObject({ used: 0, waiting: 0 });
  });
});
