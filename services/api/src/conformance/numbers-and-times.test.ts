import { afterEach, expect, it } from 'vitest';
import type { Transaction } from '../db/database.ts';
import { mintBearer } from '../testing/mint.ts';
import { findUser, insertUser } from '../users/users.repository.ts';
import { onEachDatabase } from './each-database.ts';
import { ACTOR, ruleFields, unique, userRow } from './samples.ts';

const INT32 = 2 ** 31 - 1;
const INSTANTS = [
  0,
  1,
  999,
  1_795_308_886_123,
  Date.UTC(2026, 2, 29, 1, 30),
  Date.UTC(9999, 11, 31),
  2 ** 53 - 1,
];

const ZONES = {
  sqlite: [],
  postgres: ["set local timezone = 'Asia/Kathmandu'"],
  mysql: ["set time_zone = '+05:45'"],
  mariadb: ["set time_zone = '+05:45'"],
};

const zone = process.env.TZ;
afterEach(() => {
  // `undefined` would be the text "undefined".
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

onEachDatabase('numbers and times', (subject) => {
  it.each(INSTANTS)('%d ms are kept to the millisecond', async (at) => {
    const user = userRow({ created_at: at, updated_at: at, last_login_at: at });
    await subject.db.transaction((trx) => insertUser(trx, user));
    expect(await findUser(subject.db.knex, user.id)).toMatchObject({
      created_at: at,
      updated_at: at,
      last_login_at: at,
    });
    expect(await subject.db.knex('users').where({ created_at: at, id: user.id }).pluck('id')).toEqual([
      user.id,
    ]);
  });

  it('are the same whatever the zone of the session, of the database and of the process', async () => {
    const at = Date.UTC(2026, 2, 29, 1, 30, 0, 7);
    process.env.TZ = 'Asia/Kathmandu';
    expect(new Date(at).getHours()).toBe(7);
    const user = userRow({ created_at: at });
    const inOddZone = async (work: (trx: Transaction) => Promise<unknown>) =>
      subject.db.transaction(async (trx) => {
        for (const sql of ZONES[subject.dialect]) await trx.raw(sql);
        try {
          return await work(trx);
        } finally {
          // In MySQL it belongs to the connection, which goes back to the pool.
          if (subject.dialect === 'mysql' || subject.dialect === 'mariadb')
            await trx.raw("set time_zone = '+00:00'");
        }
      });
    await inOddZone((trx) => insertUser(trx, user));
    expect((await findUser(subject.db.knex, user.id))?.created_at).toBe(at);
    process.env.TZ = 'America/St_Johns';
    expect(await inOddZone((trx) => findUser(trx, user.id))).toMatchObject({ created_at: at });
    const bearer = await mintBearer(subject.ctx, 'admin');
    const { body } = await subject.app.request().get(`/api/v1/users/${user.id}`).set(bearer).expect(200);
    expect(body.created_at).toBe('2026-03-29T01:30:00.007Z');
  });

  it('are sorted by the millisecond', async () => {
    const word = unique();
    const at = [5, 3, 1, 4, 2].map((ms) => 1_795_308_886_000 + ms);
    for (const created_at of at) {
      await subject.db.transaction((trx) => insertUser(trx, userRow({ created_at, full_name: word })));
    }
    const { items } = await subject.ctx.users.list({ q: word, sort: 'created_at' });
    expect(items.map(({ created_at }) => created_at)).toEqual(at.toSorted());
  });

  it('reach the largest number of 32 bits where a column has 32 bits', async () => {
    const big = ruleFields({ priority: INT32, rate_pps: INT32, burst: INT32, action: 'rate_limit' });
    const { id } = await subject.ctx.rules.create(ACTOR, big);
    expect(await subject.ctx.rules.get(id)).toMatchObject({ priority: INT32, rate_pps: INT32, burst: INT32 });
  });

  it('reach the largest exact number of JavaScript where a column has 64 bits', async () => {
    const { knex } = subject.db;
    const max = Number.MAX_SAFE_INTEGER;
    await knex('login_failures').insert({ throttle_key: 'max', failures: 1, window_ends_at: max });
    await knex('login_failures').insert({ throttle_key: 'near', failures: 1, window_ends_at: max - 1 });
    const rows = await knex('login_failures').where('window_ends_at', '>', max - 1);
    expect(rows.map(({ throttle_key, window_ends_at }) => [throttle_key, window_ends_at])).toEqual([
      ['max', max],
    ]);
  });
});
