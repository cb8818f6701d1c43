import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RAISE_MS, raiseSqliteStage, type Stage } from '../harness/fault-stage.ts';
import { untilRefused, untilServed } from '../harness/fault-waits.ts';
import { underLoad } from '../harness/under-load.ts';

describe('two API processes on one SQLite file', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await raiseSqliteStage();
  }, RAISE_MS);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  test('both write, and nothing is refused', async () => {
    const load = { what: 'sqlite, two writers', label: 'both' };
    const faults = await underLoad(stage, load, async (ledger) => {
      await untilServed(ledger, 40);
      expect([...ledger.refusals.keys()]).toEqual([]);
    });
    expect(faults).toEqual([]);
  });

  test('somebody else holds its lock for longer than they wait', async () => {
    const load = { what: 'sqlite, locked by another process', label: 'locked', writersEach: 1 };
    const faults = await underLoad(stage, load, async (ledger) => {
      const lock = await stage.store.knex.transaction();
      await lock('ruleset_state').where({ id: 1 }).update({ id: 1 });
      await untilRefused(ledger, 1);
      await lock.rollback();
      await untilServed(ledger, 5);
    });
    expect(faults).toEqual([]);
  });
});
