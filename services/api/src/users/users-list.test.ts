import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintBearer } from '../testing/mint.ts';
import { startTestApp, type TestApp } from '../testing/test-app.ts';
import { insertUser } from './users.repository.ts';

const COUNT = 600;
let app: TestApp;
let bearer: { Authorization: string };

beforeAll(async () => {
  app = await startTestApp();
  bearer = await mintBearer(app.ctx, 'admin');
  await app.ctx.db.transaction(async (trx) => {
    for (let n = 0; n < COUNT; n++) {
      await insertUser(trx, {
        id: uuidv7(),
        email: `user${String(n).padStart(3, '0')}@example.com`,
        full_name: n === 7 ? 'Ada King Lovelace' : `Person ${n % 10}`,
        role: n % 50 === 0 ? 'maintainer' : 'viewer',
        is_active: n % 3 !== 0,
        must_change_password: false,
        password_hash: '-',
        // Many share a moment, so that ties matter.
        created_at: 1_700_000_000_000 + Math.floor(n / 20),
        updated_at: 1_700_000_000_000,
        last_login_at: null,
      });
    }
  });
});
afterAll(() => app.close());

const list = (query: Record<string, string | number>) =>
  app.request().get('/api/v1/users').query(query).set(bearer);
const emails = (body: { items: { email: string }[] }) => body.items.map(({ email }) => email);

describe('pages by cursor', () => {
  it.each(['created_at', '-created_at', 'email', '-email', 'full_name', '-full_name'])(
    'by %s hold every user once',
    async (sort) => {
      const seen: string[] = [];
      let query: Record<string, string | number> = { sort, limit: 33 };
      for (;;) {
        const { body } = await list(query).expect(200);
        seen.push(...emails(body));
        if (body.next_cursor === null) break;
        query = { ...query, cursor: body.next_cursor };
      }
      expect(seen).toHaveLength(COUNT + 1);
      expect(new Set(seen).size).toBe(COUNT + 1);
      if (sort === 'email') expect(seen).toEqual([...seen].sort());
    },
  );

  it('end with null, also when the last page is full', async () => {
    const { body } = await list({ q: 'user00', limit: 10 }).expect(200);
    expect(body.items).toHaveLength(10);
    expect(body.next_cursor).toBeNull();
  });

  it.each([
    ['limit', { limit: 101 }],
    ['limit', { limit: 0 }],
    ['limit', { limit: 'x' }],
    ['per_page', { per_page: 1000 }],
    ['cursor', { cursor: 'nonsense' }],
    ['sort', { sort: 'password_hash' }],
    ['page', { page: 1, limit: 10 }],
    ['page', { page: 501, per_page: 20 }],
    ['page', { page: 51, per_page: 20, is_active: 'true' }],
    ['page', { page: 51, per_page: 20, q: 'ada' }],
    ['wrong', { wrong: 1 }],
  ])('refuse a bad %s: %j', async (path, query) => {
    expect((await list(query).expect(422)).body.errors[0].path).toBe(path);
  });

  it('refuse a cursor that is given twice', async () => {
    const { body } = await list({ limit: 5 });
    const twice = `cursor=${body.next_cursor}&cursor=${body.next_cursor}`;
    const refused = await app.request().get(`/api/v1/users?${twice}`).set(bearer).expect(422);
    expect(refused.body.errors[0].path).toBe('cursor');
  });

  it('take an empty search for none', async () => {
    await list({ q: '', page: 51, per_page: 20 }).expect(200);
  });

  it('refuse the cursor of another order', async () => {
    const { body } = await list({ sort: 'email', limit: 5 });
    await list({ sort: '-email', limit: 5, cursor: body.next_cursor }).expect(422);
  });

  it.each([
    [['created_at', 'x', 'id']],
    [['created_at', 1.5, 'id']],
    [['created_at', 1e300, 'id']],
    [['created_at', null, 'id']],
    [['email', 7, 'id']],
    [['email', 'a\0', 'id']],
    [['email', 'a', 'id\0']],
    [['email', 'a', 7]],
    [['email', 'a']],
  ])('refuse a forged cursor: %j', async (forged) => {
    const cursor = Buffer.from(JSON.stringify(forged)).toString('base64url');
    const { body } = await list({ sort: String(forged[0]), cursor }).expect(422);
    expect(body.errors[0].path).toBe('cursor');
  });

  it('are found by an index, at any depth', async () => {
    const { knex } = app.ctx.db;
    const after = knex('users')
      .where('created_at', '<=', 1_700_000_000_005)
      .andWhere((or) => {
        or.where('created_at', '<', 1_700_000_000_005).orWhere('id', '<', 'x');
      });
    const query = after
      .orderBy([
        { column: 'created_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(21)
      .toSQL();
    const plan = JSON.stringify(
      await knex.raw(`explain query plan ${query.sql}`, query.bindings as string[]),
    );
    expect(plan).toContain('users_created (created_at<?)');
    expect(plan).not.toContain('TEMP B-TREE');
  });
});

describe('numbered pages', () => {
  it('tell how many there are', async () => {
    const { body } = await list({ page: 7, per_page: 100, sort: 'email' }).expect(200);
    expect(body.pagination).toEqual({
      page: 7,
      per_page: 100,
      total: COUNT + 1,
      pages: 7,
      total_is_capped: false,
    });
    expect(body.items).toHaveLength(1);
  });
});

describe('search and filters', () => {
  it.each(['ADA', 'king', 'lovelace', 'king love', 'user007', 'user007@example.com'])(
    'find by %j',
    async (q) => {
      const { body } = await list({ q }).expect(200);
      expect(body.items.map(({ full_name }: { full_name: string }) => full_name)).toEqual([
        'Ada King Lovelace',
      ]);
    },
  );

  it('page through many matches', async () => {
    const first = await list({ q: 'user5', sort: '-email', limit: 2 }).expect(200);
    expect(emails(first.body)).toEqual(['user599@example.com', 'user598@example.com']);
    const next = await list({ q: 'user5', sort: '-email', limit: 1, cursor: first.body.next_cursor });
    expect(emails(next.body)).toEqual(['user597@example.com']);
    const counted = await list({ q: 'person', role: 'maintainer', page: 1 });
    expect(counted.body.pagination.total).toBe(12);
  });

  it.each(['%', '_ser', 'ing', "x' or 1=1 --"])('take %j for text', async (q) => {
    expect((await list({ q }).expect(200)).body.items).toEqual([]);
  });

  it('follow a changed name', async () => {
    const { body } = await list({ q: 'user011' });
    await app
      .request()
      .patch(`/api/v1/users/${body.items[0].id}`)
      .set(bearer)
      .send({ full_name: 'Grace Hopper' })
      .expect(200);
    expect(emails((await list({ q: 'hopper' })).body)).toEqual(['user011@example.com']);
  });

  it('filter by role and activity', async () => {
    const maintainers = await list({ role: 'maintainer', limit: 100 });
    expect(maintainers.body.items).toHaveLength(12);
    const inactive = await list({ is_active: 'false', page: 1 });
    expect(inactive.body.pagination.total).toBe(200);
  });
});
