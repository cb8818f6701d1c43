import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate } from '../../scripts/generate/generate.ts';
import { migrateUp } from '../db/migrator.ts';
import { everyPage } from '../lists.ts';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { listUsers, type UserFilter } from './users-list.repository.ts';

/** So many that a thousand and more begin with "a". */
const USERS = 12_000;

for (const dialect of DIALECTS) {
  describe(`on ${dialect}, lists of many`, () => {
    let test: TestDatabase;
    beforeAll(async () => {
      test = await emptyDatabase(dialect);
      await migrateUp(test.db);
      await generate(test.db, { amounts: { users: USERS, audit: 0, rules: 0 } });
    });
    afterAll(() => test?.close());

    const list = (filter: Partial<UserFilter>) => listUsers(test.db.knex, { sort: '-created_at', ...filter });
    async function idsByCursor(filter: Partial<UserFilter>): Promise<string[]> {
      const ids: string[] = [];
      for await (const rows of everyPage((cursor) => list({ ...filter, limit: 300, cursor })))
        ids.push(...rows.map(({ id }) => id));
      return ids;
    }
    const matching = async (term: string): Promise<string[]> =>
      (await test.db.knex('user_search_terms').where('term', 'like', `${term}%`).distinct('user_id')).map(
        ({ user_id }: { user_id: string }) => user_id,
      );

    it('hold everybody whom a search finds once, in the order of what matched', async () => {
      const ids = await idsByCursor({ q: 'a' });
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.toSorted()).toEqual((await matching('a')).toSorted());
      const { items } = await list({ q: 'a', limit: 5 });
      expect(items.every(({ full_name }) => full_name.startsWith('Ada'))).toBe(true);
    });

    it('number the pages of such a search', async () => {
      const all = await idsByCursor({ q: 'a' });
      const { items, pagination } = await list({ q: 'a', page: 3, per_page: 50 });
      expect(items.map(({ id }) => id)).toEqual(all.slice(100, 150));
      expect(all.length).toBeGreaterThan(500);
      expect(pagination).toMatchObject({ total: 500, pages: 10, total_is_capped: true });
    });

    it('filter such a search, from whichever side there is less', async () => {
      for (const filter of [{ role: 'admin' }, { role: 'viewer', is_active: true }] as const) {
        const found = await test.db
          .knex('users')
          .where(filter)
          .whereIn('id', test.db.knex('user_search_terms').where('term', 'like', 'a%').select('user_id'))
          .pluck('id');
        expect((await idsByCursor({ q: 'a', ...filter })).toSorted()).toEqual(found.toSorted());
      }
    });

    it('sort a search that finds few as asked, as the database does', async () => {
      const expected = await test.db
        .knex('users')
        .whereIn('id', await matching('zoë t'))
        .orderBy(['name_key', 'id'])
        .pluck('id');
      expect(expected.length).toBeGreaterThan(10);
      expect(await idsByCursor({ q: 'zoë t', sort: 'full_name' })).toEqual(expected);
      const second = await list({ q: 'zoë t', sort: 'full_name', page: 2, per_page: 5 });
      expect(second.items.map(({ id }) => id)).toEqual(expected.slice(5, 10));
    });

    it.each(['email', '-full_name', 'created_at'])('merge the ranges of a filter by %s', async (sort) => {
      const column = sort.replace('full_name', 'name_key').replace('-', '');
      const direction = sort.startsWith('-') ? 'desc' : 'asc';
      const expected = await test.db
        .knex('users')
        .where({ is_active: false })
        .orderBy([
          { column, order: direction },
          { column: 'id', order: direction },
        ])
        .pluck('id');
      expect(await idsByCursor({ is_active: false, sort })).toEqual(expected);
    });

    it('count as far as five thousand', async () => {
      const { items, pagination } = await list({ page: 250, per_page: 20, sort: 'email' });
      expect(pagination).toMatchObject({ total: 5_000, pages: 250, total_is_capped: true });
      const emails = await test.db.knex('users').orderBy('email').offset(4980).limit(20).pluck('email');
      expect(items.map(({ email }) => email)).toEqual(emails);
    });

    it('count as far as two hundred what a filter leaves', async () => {
      const filter = { is_active: true, sort: 'email' };
      const { items, pagination } = await list({ ...filter, page: 10, per_page: 20 });
      expect(pagination).toMatchObject({ total: 200, pages: 10, total_is_capped: true });
      const active = test.db.knex('users').where({ is_active: true });
      const emails = await active.orderBy('email').offset(180).limit(20).pluck('email');
      expect(items.map(({ email }) => email)).toEqual(emails);
    });
  });
}
