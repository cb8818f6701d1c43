import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withoutIndexes } from '../../scripts/generate/deferred-indexes.ts';
import { generate } from '../../scripts/generate/generate.ts';
import { migrateUp } from '../db/migrator.ts';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { schemaOf } from '../testing/schema-of.ts';

const AMOUNTS = { users: 300, audit: 500, rules: 200 };

for (const dialect of DIALECTS) {
  describe(`made-up data on ${dialect}`, () => {
    let test: TestDatabase;
    beforeEach(async () => {
      test = await emptyDatabase(dialect);
      await migrateUp(test.db);
    });
    afterEach(() => test.close());
    const counts = async () => {
      const tables = Object.entries({ users: 'users', audit: 'audit_logs', rules: 'rules' });
      const count = async (table: string) => Number((await test.db.knex(table).count({ n: '*' }))[0]!.n);
      return Object.fromEntries(
        await Promise.all(tables.map(async ([what, table]) => [what, await count(table)])),
      );
    };

    it('is as much as was asked for, and tells fast paths of its rules', async () => {
      await generate(test.db, { amounts: AMOUNTS });
      expect(await counts()).toEqual(AMOUNTS);
      const { revision, rule_count } = await test.db.knex('ruleset_state').first();
      expect([Number(revision) > 1, Number(rule_count)]).toEqual([true, AMOUNTS.rules]);
    });

    it('comes to what is there only when that is wished', async () => {
      await generate(test.db, { amounts: AMOUNTS });
      await expect(generate(test.db, { amounts: AMOUNTS })).rejects.toThrow('--append');
      expect(await counts()).toEqual(AMOUNTS);
      await generate(test.db, { amounts: AMOUNTS, append: true });
      expect(await counts()).toEqual({ users: 600, audit: 1000, rules: 400 });
    });

    it('is written without indexes, which are back afterwards, also after a failure', async () => {
      const before = await schemaOf(test.db);
      const writing = withoutIndexes(test.db, ['users', 'audit_logs', 'rules'], async () => {
        expect((await schemaOf(test.db)).length).toBeLessThan(before.length);
        throw new Error('no room');
      });
      await expect(writing).rejects.toThrow('no room');
      expect(await schemaOf(test.db)).toEqual(before);
    });
  });
}
