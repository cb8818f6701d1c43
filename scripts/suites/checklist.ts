/** Runs named checks and keeps the score. */
export class Checklist {
  readonly failures: string[] = [];
  private passed = 0;

  /** A check that throws has failed; its message tells why. Answers undefined then. */
  async check<T>(name: string, work: () => T | Promise<T>): Promise<T | undefined> {
    const started = performance.now();
    try {
      const result = await work();
      this.record(name, performance.now() - started);
      return result;
    } catch (error) {
      this.record(name, performance.now() - started, explain(error));
      return undefined;
    }
  }

  /** A check that ran elsewhere, and what was wrong, if something was. */
  record(name: string, ms: number, problem?: string): void {
    if (problem === undefined) {
      this.passed++;
      console.log(`ok    ${name} (${Math.round(ms)} ms)`);
    } else {
      this.failures.push(`${name}: ${problem.split('\n')[0]}`);
      console.error(`FAIL  ${name}\n      ${problem.replaceAll('\n', '\n      ')}`);
    }
  }

  get score(): { passed: number; failed: number } {
    return { passed: this.passed, failed: this.failures.length };
  }
}

function explain(error: unknown): string {
  const { message, cause } = error as Error;
  const known = !(cause instanceof Error) || message.includes(cause.message.split('\n')[0]!);
  return known ? message : `${message}: ${cause.message}`;
}
