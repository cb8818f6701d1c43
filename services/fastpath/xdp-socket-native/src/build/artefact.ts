import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A file that one command makes. */
export interface Artefact {
  readonly output: string;
  /** Folders of which every source and header counts, and single files. */
  readonly sources: readonly string[];
  readonly compiler: string;
  readonly args: readonly string[];
}

const SOURCE = /\.(c|h)$/;

function filesOf(source: string): string[] {
  if (!existsSync(source)) return [];
  if (SOURCE.test(source)) return [source];
  return readdirSync(source)
    .filter((name) => SOURCE.test(name))
    .sort()
    .map((name) => join(source, name));
}

/** Says whether an artefact is still the one that its sources and flags make. */
function stampOf({ sources, compiler, args }: Artefact): string {
  const hash = createHash('sha256').update(JSON.stringify([compiler, args]));
  for (const file of sources.flatMap(filesOf)) hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

const stampFile = (output: string): string => join(dirname(output), `.${basename(output)}.stamp`);

export function isFresh(artefact: Artefact): boolean {
  const stamp = stampFile(artefact.output);
  return (
    existsSync(artefact.output) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8').trim() === stampOf(artefact)
  );
}

/** Writes a file whole or not at all, also when two builds run at once. */
export function writeWhole(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

/**
 * Makes the artefact under another name first: a build that is interrupted, or two at once, never leave a broken file,
 * and a process that has the old one loaded keeps it.
 * @returns what the compiler said when it failed
 */
export function compile(artefact: Artefact): string | null {
  const { output, compiler, args } = artefact;
  const stamp = stampOf(artefact);
  const temporary = `${output}.${process.pid}.tmp`;
  mkdirSync(dirname(output), { recursive: true });
  const run = spawnSync(compiler, [...args, '-o', temporary], { encoding: 'utf8' });
  if (run.status !== 0) {
    rmSync(temporary, { force: true });
    return run.error ? run.error.message : run.stderr.trim();
  }
  renameSync(temporary, output);
  writeWhole(stampFile(output), `${stamp}\n`);
  return null;
}
