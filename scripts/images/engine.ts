// The program that builds images: docker, podman or buildah, whichever is there and really works.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { repositoryRoot } from '../repository.ts';

const execute = promisify(execFile);
const LARGEST_OUTPUT_BYTES = 64 * 1024 * 1024;

export const ENGINES = ['docker', 'podman', 'buildah'] as const;
export type EngineName = (typeof ENGINES)[number];

export interface Engine {
  name: EngineName;
  /** The program and the options that precede every command, e.g. where the images are kept. */
  command: readonly [string, ...string[]];
  /** Added to this program's environment. */
  env?: Record<string, string>;
}

/** What only works when the engine does: a client may be installed without its daemon, or without BuildKit. */
const PROBES: Record<EngineName, readonly (readonly string[])[]> = {
  docker: [['version'], ['buildx', 'version']],
  podman: [['info']],
  buildah: [['info']],
};

/** The first engine that works, or the one asked for. Rejects with what is wrong with each. */
export async function findEngine(asked?: EngineName): Promise<Engine> {
  const problems: string[] = [];
  for (const name of asked ? [asked] : ENGINES) {
    const engine: Engine = { name, command: [name] };
    const problem = await problemOf(engine);
    if (problem === undefined) return engine;
    problems.push(`${name}: ${problem}`);
  }
  throw new Error(`nothing here can build images\n${problems.join('\n')}`);
}

/** Why this engine cannot be used; undefined when it can. */
export async function problemOf(engine: Engine): Promise<string | undefined> {
  for (const probe of PROBES[engine.name]) {
    try {
      await output(engine, ...probe);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      return missing ? 'is not installed' : (error as Error).message;
    }
  }
  return undefined;
}

/** What a command of the engine prints. Rejects with the last line of what it complained about. */
export async function output(engine: Engine, ...args: string[]): Promise<string> {
  const [program, ...options] = engine.command;
  try {
    const { stdout } = await execute(program, [...options, ...args], {
      cwd: repositoryRoot,
      env: { ...process.env, ...engine.env },
      maxBuffer: LARGEST_OUTPUT_BYTES,
    });
    return stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    const said = stderr?.trim().split('\n').at(-1);
    if (code === 'ENOENT' || !said) throw error;
    throw new Error(said, { cause: error });
  }
}
