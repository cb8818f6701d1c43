import { stripVTControlCharacters } from 'node:util';

/** What a suite's machine-readable report says. */
export interface Score {
  passed: number;
  /** What failed, a line each: the tests with their messages, and what went wrong outside of tests. */
  failures: string[];
  /** Tests that did not run, with the reason when the report has one. */
  skipped: string[];
}

/** The part of vitest's JSON report that is read. */
export interface VitestReport {
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[];
  }[];
}

interface PlaywrightSuite {
  title: string;
  suites?: PlaywrightSuite[];
  specs?: { title: string; tests: PlaywrightTest[] }[];
}

interface PlaywrightTest {
  status: 'expected' | 'unexpected' | 'flaky' | 'skipped';
  annotations: { type: string; description?: string }[];
  results: { error?: { message?: string } }[];
}

interface PlaywrightReport {
  suites: PlaywrightSuite[];
  errors: { message?: string }[];
}

/**
 * Reads the JSON report of vitest. A file that could not even be loaded counts as one failure.
 * `reasons`: why tests were skipped, by their full name (skip-reporter.ts).
 */
export function vitestScore({ testResults }: VitestReport, reasons: Record<string, string> = {}): Score {
  const tests = testResults.flatMap((file) => file.assertionResults);
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failures: [
      ...tests
        .filter((test) => test.status === 'failed')
        .map(({ fullName, failureMessages = [] }) => failure(fullName, failureMessages[0])),
      ...broken.map(({ name, message }) => failure(name, message)),
    ],
    skipped: tests
      .filter((test) => test.status !== 'passed' && test.status !== 'failed')
      .map(({ fullName }) => (reasons[fullName] ? `${fullName}: ${reasons[fullName]}` : fullName)),
  };
}

/** Reads the JSON report of Playwright. A flaky test (failed, then passed) has failed; so has an error outside of tests. */
export function playwrightScore({ suites, errors }: PlaywrightReport): Score {
  const failures = errors.map(({ message }) => failure('outside of tests', message));
  const score: Score = { passed: 0, failures, skipped: [] };
  const walk = (suite: PlaywrightSuite) => {
    for (const { title, tests } of suite.specs ?? []) {
      for (const { status, annotations, results } of tests) {
        if (status === 'expected') score.passed++;
        else if (status === 'skipped') score.skipped.push(describeSkip(title, annotations));
        else score.failures.push(failure(title, results[0]?.error?.message));
      }
    }
    suite.suites?.forEach(walk);
  };
  suites.forEach(walk);
  return score;
}

function failure(name: string, message = ''): string {
  return `${name}: ${stripVTControlCharacters(message).split('\n')[0]}`;
}

function describeSkip(title: string, annotations: PlaywrightTest['annotations']): string {
  const reason = annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description;
  return reason ? `${title}: ${reason}` : title;
}
