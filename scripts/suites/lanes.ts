import { closeSync, openSync, readFileSync } from 'node:fs';
import { inRepository } from '../repository.ts';
import type { SuiteResult } from './run-suite.ts';
import { runWithServers } from './run-with-servers.ts';
import { type Kind, type Suite, suitesOf } from './suite.ts';

/** Of about the same length as the others together; all suites have ports, folders and interfaces of their own. */
const SECOND: readonly Kind[] = ['native', 'afxdp', 'vm', 'images', 'databases', 'e2e'];

/** The suites of a lane run one after the other, the lanes at the same time: none of them keeps two processors busy. */
export function lanesOf(kinds: readonly Kind[]): Suite[][] {
  const first = kinds.filter((kind) => !SECOND.includes(kind));
  const second = kinds.filter((kind) => SECOND.includes(kind));
  return [first, second].filter((lane) => lane.length > 0).map((lane) => lane.flatMap(suitesOf));
}

/** Runs all suites to the end. One lane prints as it goes; of several, each suite's output appears at its end. */
export async function runLanes(lanes: Suite[][], environment: NodeJS.ProcessEnv): Promise<SuiteResult[]> {
  const run = lanes.length > 1 ? runQuietly : runAloud;
  const results = lanes.map(async (lane) => {
    const done: SuiteResult[] = [];
    for (const suite of lane) done.push(await run(suite, environment));
    return done;
  });
  return (await Promise.all(results)).flat();
}

function runAloud(suite: Suite, environment: NodeJS.ProcessEnv): Promise<SuiteResult> {
  console.log(`\n=== ${suite.name}`);
  return runWithServers(suite, environment);
}

async function runQuietly(suite: Suite, environment: NodeJS.ProcessEnv): Promise<SuiteResult> {
  const log = inRepository(suite.report.replace(/\.json$/, '.log'));
  console.log(`... ${suite.name} begins, its output in ${log}`);
  const file = openSync(log, 'w');
  try {
    return await runWithServers(suite, environment, file);
  } finally {
    closeSync(file);
    process.stdout.write(`\n=== ${suite.name}\n${readFileSync(log, 'utf8')}\n`);
  }
}
