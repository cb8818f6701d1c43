import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { inRepository, repositoryRoot } from '../repository.ts';
import type { Score } from './score.ts';
import { readScore, type Suite, skipReasonsFile } from './suite.ts';

export interface SuiteResult extends Score {
  name: string;
  seconds: number;
}

/**
 * Runs a suite and reads its report. A crash, a hang or an empty run counts as one failure more. `output`: an open file
 * that gets what the suite prints, or 'inherit' for our own.
 */
export async function runSuite(
  suite: Suite,
  environment: NodeJS.ProcessEnv,
  output: number | 'inherit' = 'inherit',
): Promise<SuiteResult> {
  mkdirSync(inRepository('test-results'), { recursive: true });
  // A report left from the last run must not speak for this one.
  const skipReasons = inRepository(skipReasonsFile(suite.report));
  for (const file of [inRepository(suite.report), skipReasons]) rmSync(file, { force: true });
  const started = performance.now();
  const [program, ...args] = suite.command;
  const child = spawn(program!, args, {
    cwd: repositoryRoot,
    env: { ...environment, SKIP_REASONS_FILE: skipReasons },
    stdio: ['inherit', output, output],
    timeout: suite.timeoutMinutes * 60_000,
    killSignal: 'SIGKILL',
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  const score = readScore(suite);
  const problem = problemOf(suite, score, code, signal);
  return {
    name: suite.name,
    seconds: (performance.now() - started) / 1000,
    passed: score?.passed ?? 0,
    failures: [...(score?.failures ?? []), ...(problem ? [`${suite.name} ${problem}`] : [])],
    skipped: score?.skipped ?? [],
  };
}

/** Exported for its test: what makes a suite fail although no test of it did. */
export function problemOf(
  suite: Pick<Suite, 'timeoutMinutes'>,
  score: Score | undefined,
  code: number | null,
  signal: NodeJS.Signals | null,
): string | undefined {
  if (signal === 'SIGKILL') return `was killed, at the latest after ${suite.timeoutMinutes} minutes`;
  if (!score) return `wrote no report (${signal ?? `exit code ${code}`})`;
  if (score.passed + score.failures.length === 0) return 'ran no test';
  if (code !== 0 && score.failures.length === 0)
    return `ended with ${signal ?? `exit code ${code}`} although no test failed`;
  if (code === 0 && score.failures.length > 0) return 'ended with exit code 0 although tests failed';
  return undefined;
}
