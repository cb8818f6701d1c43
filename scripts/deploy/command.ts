import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { repositoryRoot } from '../repository.ts';
import { DeployProblem } from './problem.ts';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  /** Gets every line of both streams as it comes. */
  onLine?: (line: string) => void;
  /** What the command reads: a text, or a file. Nothing when both are left out. */
  input?: string;
  inputFile?: string;
  env?: Record<string, string>;
}

/** Runs a program at the top of the repository and answers how it ended. Rejects when there is no such program. */
export async function runCommand(
  program: string,
  args: readonly string[],
  { onLine, input, inputFile, env }: CommandOptions = {},
): Promise<Outcome> {
  const file = inputFile === undefined ? undefined : openSync(inputFile, 'r');
  try {
    const child = spawn(program, args, {
      cwd: repositoryRoot,
      env: { ...process.env, ...env },
      stdio: [file ?? (input === undefined ? 'ignore' : 'pipe'), 'pipe', 'pipe'],
    });
    // A program that ends before it has read all: its exit code and its words say why.
    child.stdin?.on('error', () => {}).end(input);
    const lines: Record<'stdout' | 'stderr', string[]> = { stdout: [], stderr: [] };
    for (const stream of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[stream]! }).on('line', (line) => {
        lines[stream].push(line);
        onLine?.(line);
      });
    }
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit) => resolve(exit ?? 1));
    });
    return { code, stdout: lines.stdout.join('\n'), stderr: lines.stderr.join('\n') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new DeployProblem(`${program} is missing: install it, or put it on the PATH.`, { cause: error });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The same for a command that must succeed. @throws DeployProblem with what it said. */
export async function mustRun(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(program, args, options);
  if (code === 0) return stdout;
  // What was shown as it came need not be said again.
  const said = options.onLine ? '' : `:\n${(stderr || stdout).trim()}`;
  throw new DeployProblem(
    `${[program, ...args.slice(0, 3)].join(' ')} … ended with exit code ${code}${said}`,
  );
}
