import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrateUp } from '../db/migrator.ts';
import type { Rule as WireRule } from '../fastpath/gen/fastpath/v1/Rule.ts';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { fillRules } from '../testing/many-rules.ts';
import { createRuleSource, RULES_PER_BATCH } from './rule-source.ts';

/** Three batches and a bit. */
const RULES = 3 * RULES_PER_BATCH + 20;
const never = new AbortController().signal;

for (const dialect of DIALECTS) {
  describe(`the rule source on ${dialect}`, () => {
    let test: TestDatabase;
    beforeEach(async () => {
      test = await emptyDatabase(dialect);
      await migrateUp(test.db);
      await fillRules(test.db, RULES);
    });
    afterEach(() => test.close());

    /** Adds one rule, as a writer does: with the revision, in one transaction. */
    const change = () =>
      test.db.transaction(async (trx) => {
        const { rule_count: count } = await trx('ruleset_state').first('rule_count').forUpdate();
        await fillRules({ ...test.db, knex: trx }, count + 1);
      });
    const revision = async () => Number((await test.db.knex('ruleset_state').first('revision')).revision);

    /** Loads all rules; `onTurn` runs after each batch and is told which try it belongs to. */
    async function load(onTurn: (tries: number) => Promise<unknown> | undefined) {
      const slices: number[] = [];
      let [rulesInSlice, tries, firstId] = [0, 0, ''];
      const source = createRuleSource(test.db, async () => {
        slices.push(rulesInSlice);
        rulesInSlice = 0;
        await onTurn(tries);
        await turnOfTheLoop();
      });
      const encode = (rules: WireRule[]) => {
        firstId ||= String(rules[0]!.id);
        if (rules[0]!.id === firstId) tries += 1;
        rulesInSlice += rules.length;
        return rules;
      };
      const { version, count, parts } = await source.load({ encode, signal: never });
      return { version, count, rules: parts.flat(), slices: [...slices, rulesInSlice], tries };
    }

    it('hands out every rule once, and never more than one batch in a turn of the event loop', async () => {
      const { count, rules, slices, tries, version } = await load(async () => undefined);
      expect(tries).toBe(1);
      expect(slices).toEqual([RULES_PER_BATCH, RULES_PER_BATCH, RULES_PER_BATCH, 20]);
      expect(count).toBe(RULES);
      const stored = await test.db.knex('rules').orderBy('id').pluck('id');
      expect(rules.map(({ id }) => id)).toEqual(stored);
      expect(version.revision).toBe(await revision());
    });

    it('lets others use the database between two batches', async () => {
      const seen: unknown[] = [];
      await load(async () => seen.push(await test.db.knex('users').select('id').limit(1)));
      expect(seen).toHaveLength(3);
    });

    it('begins anew when a rule changes meanwhile, and has what was saved', async () => {
      let changed = false;
      const { count, rules, tries, version } = await load(async () => {
        if (!changed) await change();
        changed = true;
      });
      expect(tries).toBe(2);
      expect(count).toBe(RULES + 1);
      expect(new Set(rules.map(({ id }) => id)).size).toBe(RULES + 1);
      expect(version.revision).toBe(await revision());
    });

    it('arrives although a rule changes during every batch, with rules and version of one moment', async () => {
      const before = await revision();
      const late: Promise<void>[] = [];
      const { count, rules, tries, version } = await load((number) => {
        const changed = change();
        // The snapshot holds up no writer, but that of SQLite has its only connection.
        if (number <= 3 || dialect !== 'sqlite') return changed;
        late.push(changed);
        return undefined;
      });
      await Promise.all(late);
      expect(tries).toBe(4);
      expect(count - RULES).toBe(version.revision - before);
      expect(new Set(rules.map(({ id }) => id)).size).toBe(count);
      expect(await revision()).toBeGreaterThan(version.revision);
    });

    it('ends between two batches when it is told to', async () => {
      const stop = new AbortController();
      const source = createRuleSource(test.db, async () => stop.abort());
      let batches = 0;
      const loading = source.load({
        signal: stop.signal,
        encode: () => {
          batches += 1;
        },
      });
      await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
      expect(batches).toBe(1);
    });
  });
}
