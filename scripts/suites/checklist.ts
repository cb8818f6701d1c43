/** Runs named checks one after the other and keeps the score. */
export class Checklist {
  readonly failures: string[] = [];
  private passed = 0;

  /** A check that throws has failed; its message tells why. Answers undefined then. */
  async check<T>(name: string, work: () => T | Promise<T>): Promise<T | undefined> {
    const started = performance.now();
    try {
      const result = await work();
      this.passed++;
      console.log(`ok    ${name} (${Math.round(performance.now() - started)} ms)`);
      return result;
    } catch (error) {
      this.failures.push(name);
      console.error(`FAIL  ${name}\n      ${explain(error)}`);
      return undefined;
    }
  }

  get score(): { passed: number; failed: number } {
    return { passed: this.passed, failed: this.failures.length };
  }
}

function explain(error: unknown): string {
  const { message, cause } = error as Error;
  const known = !(cause instanceof Error) || message.includes(cause.message.split('\n')[0]!);
  const text = known ? message : `${message}: ${cause.message}`;
  return text.replaceAll('\n', '\n      ');
}
