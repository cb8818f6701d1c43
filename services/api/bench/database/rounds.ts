import assert from 'node:assert/strict';
import type { ServerUnderTest } from './contender.ts';
import { openLoad } from './load.ts';
import type { Stage } from './stage.ts';
import type { Work } from './works.ts';

/** One round of one server. */
export interface Result {
  readonly requests: number;
  readonly perSecond: number;
  /** Microseconds of the server's processor time for each request. */
  readonly cpuUs: number;
  /** How much of one CPU it used: below 1 somebody else was the bottleneck. */
  readonly busy: number;
}

const ATTEMPTS = 5;
/** More than the first answer of each connection. */
const LEAST_REQUESTS = 100;

/**
 * Lets the servers run by turns, each round beginning with another one, so that a slow moment of the machine hits all
 * of them. The first round warms up and is not in the result: results[contender][round].
 */
export async function runRounds(
  stage: Stage,
  work: Work,
  contenders: readonly ServerUnderTest[],
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<Result[][]> {
  const results: Result[][] = contenders.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round) % contenders.length;
      const result = await runAgain(stage, work, contenders[index]!, seconds);
      if (round > 0) results[index]!.push(result);
    }
  }
  return results;
}

let clients = 0;

/** One client for each session, that ends when `running` says so. */
export function clientsOf(stage: Stage, work: Work, running: () => boolean) {
  return stage.tokens.map((token) =>
    work.client({ token, name: `client-${++clients}`, userIds: stage.userIds, running }),
  );
}

/** A machine that stood still for a round has measured nothing: the round is run again. */
async function runAgain(...round: Parameters<typeof runOnce>): Promise<Result> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const result = await runOnce(...round);
    if (result.requests > LEAST_REQUESTS) return result;
  }
  throw new Error(`${round[2].name} did next to nothing`);
}

async function runOnce(
  stage: Stage,
  work: Work,
  contender: ServerUnderTest,
  seconds: number,
): Promise<Result> {
  const before = await stage.contents();
  const load = await openLoad(contender.http, stage.tokens.length);
  try {
    const costBefore = await contender.cost();
    const began = performance.now();
    const until = began + seconds * 1000;
    const requests = await load.run(clientsOf(stage, work, () => performance.now() < until));
    const tookMs = performance.now() - began;
    const cpu = (await contender.cost()) - costBefore;
    // Every reply was looked at; this is what the database has of it.
    const expected = { ...before, entries: before.entries + requests * work.entries };
    assert.deepEqual(await stage.contents(), expected, `${contender.name}: what was answered did not happen`);
    return {
      requests,
      perSecond: (requests * 1000) / tookMs,
      cpuUs: cpu / requests,
      busy: cpu / (tookMs * 1000),
    };
  } catch (cause) {
    throw new Error(`${stage.dialect}, ${work.title}, ${contender.name}: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    load.close();
  }
}
