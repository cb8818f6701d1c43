import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fetchPackages, type Suite } from './packages.ts';

const ARCHITECTURES: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

export interface Program {
  /** Its name, in the PATH and in /usr/bin of the package. */
  name: string;
  /** The package of Debian that has it, and needs no other. */
  package: string;
  suite: Suite;
  /** For a machine that has neither: "kubectl is missing: install it". */
  missing: string;
}

const found = new Map<string, Promise<string>>();

/** The path of a program: on the PATH, or Debian's, unpacked into the cache. Looked for once. */
export function findProgram(program: Program): Promise<string> {
  const path = found.get(program.name) ?? Promise.resolve(onPath(program.name) ?? fetchProgram(program));
  found.set(program.name, path);
  return path;
}

/** Where a program is in the PATH. */
export function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

async function fetchProgram({ name, package: of, suite, missing }: Program): Promise<string> {
  const architecture = ARCHITECTURES[process.arch];
  if (process.platform !== 'linux' || !architecture) throw new Error(missing);
  const folder = await fetchPackages({
    folder: `${of}/${architecture}`,
    what: `${of} of Debian ${suite}`,
    suite,
    architecture,
    download: async (apt) => void (await apt('apt-get', 'download', of)),
  });
  return join(folder, 'usr/bin', name);
}
