import { describe, expect, test } from 'vitest';
import { problemOf } from './run-suite.ts';
import { playwrightScore, vitestScore } from './score.ts';

describe('vitest report', () => {
  const file = (status: string, ...tests: string[]) => ({
    name: 'x.test.ts',
    status,
    assertionResults: tests.map((one, i) => ({
      status: one,
      fullName: `test ${i}`,
      failureMessages: one === 'failed' ? ['expected 1\n  at x'] : [],
    })),
  });

  test('sums the tests of all files and names the skipped ones', () => {
    const report = {
      testResults: [file('passed', 'passed', 'passed'), file('failed', 'failed', 'pending', 'todo')],
    };
    expect(vitestScore(report, { 'test 1': 'no IPv6 here' })).toEqual({
      passed: 2,
      failures: ['test 0: expected 1'],
      skipped: ['test 1: no IPv6 here', 'test 2'],
    });
  });

  test('a file that could not be loaded has failed once', () => {
    const broken = { ...file('failed'), message: 'SyntaxError: x\n  at y' };
    expect(vitestScore({ testResults: [broken] })).toEqual({
      passed: 0,
      failures: ['x.test.ts: SyntaxError: x'],
      skipped: [],
    });
  });
});

test('playwright report: nested suites, flaky = failed, reasons of skips, errors outside of tests', () => {
  const spec = (title: string, status: 'expected' | 'unexpected' | 'flaky' | 'skipped') => ({
    title,
    tests: [
      {
        status,
        annotations: status === 'skipped' ? [{ type: 'skip', description: 'no IPv6 here' }] : [],
        results: [{ error: { message: '\u001b[31mexpected 1\u001b[0m\n  at x' } }],
      },
    ],
  });
  const report = {
    suites: [
      {
        title: 'file',
        specs: [spec('a', 'expected')],
        suites: [
          { title: 'inner', specs: [spec('b', 'flaky'), spec('c', 'skipped'), spec('d', 'unexpected')] },
        ],
      },
    ],
    errors: [{ message: 'global setup' }],
  };
  expect(playwrightScore(report)).toEqual({
    passed: 1,
    failures: ['outside of tests: global setup', 'b: expected 1', 'd: expected 1'],
    skipped: ['c: no IPv6 here'],
  });
});

describe('a suite fails as a whole', () => {
  const suite = { timeoutMinutes: 8 };
  const score = (passed: number, failed: number) => ({
    passed,
    failures: Array<string>(failed).fill('a test'),
    skipped: [],
  });

  test.each([
    ['it ran no test', score(0, 0), 0, null, /ran no test/],
    ['it wrote no report', undefined, 1, null, /no report \(exit code 1\)/],
    ['it crashed after the last test', score(5, 0), 1, null, /although no test failed/],
    ['it was killed by a signal', score(5, 0), null, 'SIGSEGV', /SIGSEGV/],
    ['it hung', score(5, 0), null, 'SIGKILL', /8 minutes/],
    ['it hides failures', score(5, 1), 0, null, /although tests failed/],
  ] as const)('when %s', (_, result, code, signal, message) => {
    expect(problemOf(suite, result && { ...result }, code, signal)).toMatch(message);
  });

  test.each([
    [score(5, 0), 0],
    [score(5, 1), 1],
  ])('and not when its exit code tells the same as its report', (result, code) => {
    expect(problemOf(suite, result, code, null)).toBeUndefined();
  });
});
