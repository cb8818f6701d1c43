import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { startTestApp, type TestApp } from '../testing/test-app.ts';
import { findUserByEmail, insertUser } from '../users/users.repository.ts';
import { ACTOR, ruleFields, userRow } from './samples.ts';

/** Databases as somebody else may have made them: the rules of language in which ours must not be. */
const ODD = {
  sqlite: '',
  postgres: `locale_provider icu icu_locale 'sv-SE' locale 'C' encoding 'UTF8'`,
  mysql: 'character set latin1 collate latin1_swedish_ci',
  mariadb: 'character set latin1 collate latin1_swedish_ci',
};

for (const dialect of DIALECTS) {
  describe(`a database made with "${ODD[dialect]}", on ${dialect}`, () => {
    let database: TestDatabase;
    let app: TestApp;
    beforeAll(async () => {
      database = await emptyDatabase(dialect, ODD[dialect]);
      app = await startTestApp(database.env);
    });
    afterAll(async () => {
      await app?.close();
      await database?.close();
    });
    const insert = (given: Parameters<typeof userRow>[0]) =>
      app.ctx.db.transaction((trx) => insertUser(trx, userRow(given)));

    it('keeps any letter', async () => {
      const text = 'Ünï שלום 山田 🦊 e\u0301';
      const rule = await app.ctx.rules.create(ACTOR, ruleFields({ name: text, description: text }));
      expect(await app.ctx.rules.get(rule.id)).toEqual(rule);
      const entries = await app.ctx.audit.list({ resource_id: rule.id, sort: 'created_at' });
      expect(entries.items[0]!.changes.name).toEqual({ to: text });
    });

    it('compares and sorts by code point', async () => {
      const letters = ['a', 'b', 'v', 'w', 'z', 'ä', 'å', 'é', 'ı'];
      for (const letter of letters.toReversed())
        await insert({ email: `${letter}@example.com`, full_name: `${letter} Odd` });
      for (const sort of ['email', 'full_name']) {
        const { items } = await app.ctx.users.list({ q: 'odd', sort });
        expect(items.map(({ email }) => email[0])).toEqual(letters);
      }
      expect(await findUserByEmail(app.ctx.db.knex, 'A@example.com')).toBeUndefined();
      expect(await findUserByEmail(app.ctx.db.knex, 'á@example.com')).toBeUndefined();
    });

    it('counts a row as affected when it matches, also when nothing of it changes', async () => {
      const { knex } = app.ctx.db;
      await knex('login_failures').insert({ throttle_key: 'k', failures: 1, window_ends_at: 1 });
      for (const throttle_key of ['k', 'other']) {
        const affected = await knex('login_failures').where({ throttle_key }).update({ failures: 1 });
        expect(affected).toBe(throttle_key === 'k' ? 1 : 0);
      }
    });
  });
}
