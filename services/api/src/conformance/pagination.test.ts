import { expect, it } from 'vitest';
import type { ListRequest, Page } from '../lists.ts';
import { deleteUser, insertUser, type UserRow } from '../users/users.repository.ts';
import { onEachDatabase, type Subject } from './each-database.ts';
import { ACTOR, ruleFields, unique, userRow } from './samples.ts';

type List<T> = (request: ListRequest) => Promise<Page<T>>;

/** Follows next_cursor to the end. `between` runs after each page. */
async function walk<T>(list: List<T>, sort: string, limit: number, between = async () => {}): Promise<T[]> {
  const seen: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ sort, limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.items);
    cursor = page.next_cursor ?? undefined;
    await between();
  } while (cursor !== undefined);
  return seen;
}

/** Inserts a user here and deletes one there until it is stopped; does not touch those it did not make. */
function churn(subject: Subject, make: (n: number) => UserRow) {
  let stopped = false;
  let changes = 0;
  const made: string[] = [];
  const running = (async () => {
    for (let n = 0; !stopped; n++) {
      const user = make(n);
      await subject.db.transaction((trx) => insertUser(trx, user));
      made.push(user.id);
      if (n % 2 === 1)
        await subject.db.transaction((trx) => deleteUser(trx, made.splice(n % made.length, 1)[0]!));
      changes += 1;
      // SQLite answers without a turn of the event loop.
      await new Promise(setImmediate);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await running;
      return changes;
    },
    /** Resolves when something has changed since the last call. */
    async progress() {
      const before = changes;
      while (changes === before) await new Promise(setImmediate);
    },
  };
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

onEachDatabase('lists while rows come and go', (subject) => {
  const search = (q: string): List<UserRow> => {
    return (request) => subject.ctx.users.list({ ...request, q });
  };

  async function stableUsers(word: string, count: number): Promise<UserRow[]> {
    const users = Array.from({ length: count }, (_, n) =>
      userRow({
        email: `${word}.${letters[n % 26]}${n}@example.com`,
        // Few different names and moments, so that most have an equal neighbour.
        full_name: `${letters[n % 3]} ${word}`,
        created_at: 1_795_308_886_000 + (n % 4),
      }),
    );
    await subject.db.transaction(async (trx) => {
      for (const user of users) await insertUser(trx, user);
    });
    return users;
  }

  it.each(['email', '-email', 'full_name', '-full_name', 'created_at', '-created_at'])(
    'by %s, with a cursor: nobody twice, and all who were there the whole time',
    async (sort) => {
      const word = unique();
      const stable = await stableUsers(word, 60);
      const others = churn(subject, (n) =>
        userRow({
          email: `${word}.${letters[(n * 7) % 26]}x${n}@example.com`,
          full_name: `${letters[n % 4]} ${word}`,
          created_at: 1_795_308_886_000 + (n % 6),
        }),
      );
      const seen = await walk(search(word), sort, 7, others.progress);
      expect(await others.stop()).toBeGreaterThan(8);
      const ids = seen.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const stableIds = new Set(stable.map(({ id }) => id));
      expect(ids.filter((id) => stableIds.has(id)).sort()).toEqual([...stableIds].sort());
    },
  );

  it('with a cursor whose row has been deleted: goes on behind it', async () => {
    const word = unique();
    const users = await stableUsers(word, 10);
    const ids = users.map(({ id }) => id).sort();
    const list = search(word);
    const first = await list({ sort: 'email', limit: 4 });
    await subject.db.transaction((trx) => deleteUser(trx, first.items[3]!.id));
    const rest = await list({ sort: 'email', limit: 100, cursor: first.next_cursor! });
    expect([...first.items, ...rest.items].map(({ id }) => id).sort()).toEqual(ids);
  });

  it('with page numbers: what is added behind the last page moves nobody', async () => {
    const word = unique();
    const stable = await stableUsers(word, 40);
    const others = churn(subject, (n) =>
      userRow({ email: `${word}.zz${String(n).padStart(6, '0')}@example.com` }),
    );
    const seen: string[] = [];
    for (let page = 1; page <= 5; page++) {
      const { items, pagination } = await search(word)({ sort: 'email', page, per_page: 8 });
      expect(items).toHaveLength(8);
      expect(pagination!.total).toBeGreaterThanOrEqual(40);
      seen.push(...items.map(({ id }) => id));
      await others.progress();
    }
    await others.stop();
    const byEmail = stable.toSorted((a, b) => (a.email < b.email ? -1 : 1)).map(({ id }) => id);
    expect(seen).toEqual(byEmail);
  });

  it('with page numbers when nothing changes: the same as with a cursor, and the count is right', async () => {
    const word = unique();
    await stableUsers(word, 23);
    for (const sort of ['full_name', '-full_name', '-created_at']) {
      const walked = await walk(search(word), sort, 6);
      const pages = await Promise.all(
        [1, 2, 3, 4, 5].map((page) => search(word)({ sort, page, per_page: 6 })),
      );
      expect(pages.flatMap(({ items }) => items)).toEqual(walked);
      expect(pages.map(({ items }) => items.length)).toEqual([6, 6, 6, 5, 0]);
      for (const { pagination } of pages) expect(pagination).toMatchObject({ total: 23, pages: 4 });
    }
  });

  it('of rules: in the order in which they match, ties by id', async () => {
    const word = unique();
    for (let n = 0; n < 30; n++) {
      await subject.ctx.rules.create(
        ACTOR,
        ruleFields({ name: `${word} ${n}`, priority: [3, 20, 100][n % 3]! }),
      );
    }
    const list = (request: ListRequest) => subject.ctx.rules.list({ ...request, q: word });
    const during = async () => {
      const added = await subject.ctx.rules.create(ACTOR, ruleFields({ name: word, priority: 20 }));
      await subject.ctx.rules.remove(ACTOR, added.id, 'any');
    };
    const seen = await walk(list, 'priority', 4, during);
    expect(seen).toHaveLength(30);
    const order = seen.map(({ priority, id }) => `${String(priority).padStart(7, '0')} ${id}`);
    expect(order).toEqual(order.toSorted());
  });

  it('of the audit log: what is written during the walk does not disturb it', async () => {
    const actor_id = ACTOR.id!;
    const write = () =>
      subject.ctx.audit.event(ACTOR, { action: 'page.turned', resourceType: 'page', resourceId: null });
    // Many in one millisecond.
    await Promise.all(Array.from({ length: 50 }, write));
    const list = (request: ListRequest) =>
      subject.ctx.audit.list({ ...request, actor_id, action: 'page.turned' });
    const seen = await walk(list, '-created_at', 6, write);
    expect(seen).toHaveLength(50);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(50);
    const oldestFirst = await walk(list, 'created_at', 9);
    expect(oldestFirst.slice(0, 50).reverse()).toEqual(seen);
  });
});
