import { startTestServers } from '../databases/test-servers.ts';
import { runSuite, type SuiteResult } from './run-suite.ts';
import type { Suite } from './suite.ts';

/**
 * Runs a suite with the database servers that it needs. One that cannot be started is a failure in CI; elsewhere the
 * suite runs without it, and the sum says why.
 */
export async function runWithServers(
  suite: Suite,
  environment: NodeJS.ProcessEnv,
  output: number | 'inherit' = 'inherit',
): Promise<SuiteResult> {
  if (suite.servers.length === 0) return runSuite(suite, environment, output);
  await using servers = await startTestServers(suite.servers);
  const { problems } = servers;
  for (const problem of problems) console.error(problem);
  const result = await runSuite(suite, { ...environment, ...servers.environment }, output);
  return withProblems(result, problems, process.env.CI === 'true');
}

/** Exported for its test. */
export function withProblems(result: SuiteResult, problems: string[], isCi: boolean): SuiteResult {
  if (problems.length === 0) return result;
  // The first line says it; the end of a server's log was printed above.
  const reasons = problems.map((problem) => problem.split('\n')[0]!);
  return isCi
    ? { ...result, failures: [...result.failures, ...reasons] }
    : { ...result, skipped: [...result.skipped, ...reasons] };
}
