import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

export interface TestProcess {
  child: ChildProcess;
  /** Every line it has written to stdout. */
  lines: LogLine[];
  /** Resolves with the first line that says `msg`; rejects when the process ends before. */
  said(msg: string): Promise<LogLine>;
  /** The exit code (null after a signal). */
  exit: Promise<number | null>;
}

/** Runs a source file of this package with exactly this environment. */
export function run(file: string, env: Record<string, string>, args: string[] = []): TestProcess {
  const script = new URL(`../${file}`, import.meta.url).pathname;
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: LogLine[] = [];
  const waiting: { msg: string; found: (line: LogLine) => void; failed: (error: Error) => void }[] = [];
  createInterface({ input: child.stdout! }).on('line', (text) => {
    const line = JSON.parse(text) as LogLine;
    lines.push(line);
    for (const { msg, found } of waiting) if (line.msg === msg) found(line);
  });
  const exit = once(child, 'close').then(([code]) => {
    for (const { msg, failed } of waiting)
      failed(new Error(`ended before "${msg}": ${JSON.stringify(lines)}`));
    return code as number | null;
  });
  return {
    child,
    lines,
    exit,
    said(msg) {
      const already = lines.find((line) => line.msg === msg);
      if (already) return Promise.resolve(already);
      return new Promise((found, failed) => void waiting.push({ msg, found, failed }));
    },
  };
}
