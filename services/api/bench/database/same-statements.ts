import assert from 'node:assert/strict';
import { Contender } from './contender.ts';
import { openLoad } from './load.ts';
import { clientsOf } from './rounds.ts';
import type { Stage } from './stage.ts';
import { WORKS } from './works.ts';

/** Runs each work once on ours and on the bare driver, and compares what SQL that was, text by text. */
export async function checkSameStatements(stage: Stage): Promise<void> {
  const env = { ...stage.env, RECORD_STATEMENTS: '1' };
  const [ours, bare] = await Promise.all([
    statementsOf('ours', stage, env),
    statementsOf('bare', stage, env),
  ]);
  assert(ours.length >= 20, `Only ${ours.length} statements ran`);
  assert.deepEqual(
    bare,
    ours,
    'The bare driver does not run the statements of the API: bring bare/ up to date',
  );
}

async function statementsOf(kind: 'ours' | 'bare', stage: Stage, env: Record<string, string>) {
  const contender = await Contender.open(`${kind}, recorded`, kind, env);
  try {
    const load = await openLoad(contender.http, 1);
    for (const work of WORKS) {
      let turns = 0;
      const [client] = clientsOf(stage, work, () => turns++ === 0);
      await load.run([client!]);
    }
    load.close();
    // BEGIN and COMMIT are written and sent differently, and mean the same.
    return (await contender.statements()).filter((sql) => !/^(begin|commit)\b/i.test(sql));
  } finally {
    await contender.stop();
  }
}
