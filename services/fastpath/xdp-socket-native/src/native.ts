import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildStatus, Problem } from './build/problem.ts';
import type { NativeAddon } from './native-addon.ts';

/* src/ and, compiled, dist/ lie side by side with build/. */
const BUILD_FOLDER = fileURLToPath(new URL('../build/', import.meta.url));

/** Can the addon be used? If not, what is missing and what to do about it. */
export type LoadStatus =
  | { readonly ok: true }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Thrown by everything that needs the addon when it is not there. */
export class AddonMissingError extends Error {
  readonly code = 'ERR_XDP_ADDON_MISSING';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    const list = problems.map(({ what, remedy }) => `${what}: ${remedy}`).join('; ');
    super(`xdp-socket-native cannot be used here: ${list}`, options);
    this.name = 'AddonMissingError';
    this.problems = problems;
  }
}

/** Libraries that the dynamic linker may miss at run time, and the packages that bring them. */
const RUNTIME_PACKAGES: readonly (readonly [name: string, remedy: string])[] = [
  ['libxdp', 'apt-get install libxdp1'],
  ['libbpf', 'apt-get install libbpf1'],
  ['libelf', 'apt-get install libelf1'],
  ['libc.so', 'build it again on this machine'],
];

const NOT_BUILT: Problem = {
  what: 'the addon is not built',
  remedy: 'run `node build.ts` in its folder, or `npx xdp-socket-native-build` where it is installed',
};

/** Why there is no addon: what the last build wrote down. */
function buildProblems(folder: string): readonly Problem[] {
  const file = join(folder, 'status.json');
  if (!existsSync(file)) return [NOT_BUILT];
  const status = JSON.parse(readFileSync(file, 'utf8')) as BuildStatus;
  return status.problems.length > 0 ? status.problems : [NOT_BUILT];
}

/** What the dynamic linker or Node said, in terms of packages. */
function loadProblem(error: unknown): Problem {
  const what = error instanceof Error ? error.message : String(error);
  const known = RUNTIME_PACKAGES.find(([name]) => what.includes(name));
  return { what, remedy: known?.[1] ?? 'build it again: `node build.ts` in its folder' };
}

/** Loads the addon from a build folder. @throws AddonMissingError */
export function loadFrom(folder: string): NativeAddon {
  const file = join(folder, 'xdp_socket.node');
  if (!existsSync(file)) throw new AddonMissingError(buildProblems(folder));
  try {
    return createRequire(import.meta.url)(file) as NativeAddon;
  } catch (error) {
    throw new AddonMissingError([loadProblem(error)], { cause: error });
  }
}

let loaded: NativeAddon | null = null;

/** The addon, loaded at first use. @throws AddonMissingError */
export function native(): NativeAddon {
  loaded ??= loadFrom(BUILD_FOLDER);
  return loaded;
}

/** Never throws: an AddonMissingError becomes its problems. */
export function loadStatus(): LoadStatus {
  try {
    native();
    return { ok: true };
  } catch (error) {
    if (error instanceof AddonMissingError) return { ok: false, problems: error.problems };
    return { ok: false, problems: [loadProblem(error)] };
  }
}
