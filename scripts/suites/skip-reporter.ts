import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase } from 'vitest/node';

/** Writes why tests were skipped (`ctx.skip('reason')`), which vitest's own JSON report leaves out. */
export default class SkipReporter implements Reporter {
  private readonly reasons: Record<string, string> = {};

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state === 'skipped' && result.note)
      this.reasons[test.fullName.replaceAll(' > ', ' ')] = result.note;
  }

  onTestRunEnd(): void {
    const file = process.env.SKIP_REASONS_FILE;
    if (file) writeFileSync(file, JSON.stringify(this.reasons));
  }
}
