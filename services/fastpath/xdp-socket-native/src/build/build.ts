import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Artefact, compile, isFresh, writeWhole } from './artefact.ts';
import type { BuildStatus, Problem } from './problem.ts';
import {
  addonProblems,
  bpfProblems,
  LIBRARIES,
  nodeApiHeaders,
  systemIncludes,
  type Toolchain,
  toolchainFromEnvironment,
} from './toolchain.ts';

/* This file is in src/build or, compiled, in dist/build. */
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

export interface BuildOptions {
  /** Folder for what is made. Default: `build` in this package, where the loader looks. */
  readonly folder?: string;
  /** BPF sources to compile into `folder` instead of this package's own. */
  readonly bpf?: readonly string[];
  readonly toolchain?: Toolchain;
}

const sourcesIn = (folder: string): string[] =>
  readdirSync(join(PACKAGE, folder))
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => join(PACKAGE, folder, name));

function addon(folder: string, { cc }: Toolchain): Artefact {
  // With the "=", a source may define _GNU_SOURCE itself.
  const flags = [
    '-std=gnu11',
    '-D_GNU_SOURCE=',
    '-O2',
    '-g',
    '-fPIC',
    '-shared',
    '-Wall',
    '-Wextra',
    '-Werror',
  ];
  // A thread may end while another still uses what the addon made, so it is never unloaded. Node brings napi_* itself.
  const linking = ['-fvisibility=hidden', '-Wl,-z,nodelete', `-I${nodeApiHeaders() ?? ''}`];
  return {
    output: join(folder, 'xdp_socket.node'),
    sources: [join(PACKAGE, 'core'), join(PACKAGE, 'binding')],
    compiler: cc,
    args: [...flags, ...linking, ...sourcesIn('core'), ...sourcesIn('binding'), ...LIBRARIES],
  };
}

function bpfObject(source: string, output: string, toolchain: Toolchain): Artefact {
  const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-Wall', '-Werror'];
  return {
    output,
    sources: [dirname(source)],
    compiler: toolchain.clang,
    args: [...flags, ...systemIncludes(toolchain), '-c', source],
  };
}

const objectName = (source: string): string => basename(source).replace(/\.c$/, '.o');

/** Makes what is not fresh, once what it needs is there. */
function make(missing: () => Problem[], artefacts: () => Artefact[]): Problem[] {
  const problems = missing();
  if (problems.length > 0) return problems;
  return artefacts()
    .filter((artefact) => !isFresh(artefact))
    .flatMap((artefact) => {
      const failure = compile(artefact);
      if (failure === null) return [];
      return [{ what: `${artefact.output} does not compile`, remedy: failure }];
    });
}

function finish(folder: string, problems: readonly Problem[]): BuildStatus {
  const status = { ok: problems.length === 0, problems };
  writeWhole(join(folder, 'status.json'), `${JSON.stringify(status, null, 2)}\n`);
  return status;
}

/** Builds the addon and the BPF objects that are not fresh, and writes down in `status.json` what is missing. */
export function build(options: BuildOptions = {}): BuildStatus {
  const { folder = join(PACKAGE, 'build'), toolchain = toolchainFromEnvironment() } = options;
  const sources = options.bpf ?? sourcesIn('bpf');
  const native = make(
    () => addonProblems(toolchain),
    () => [addon(folder, toolchain)],
  );
  const objects = make(
    () => bpfProblems(toolchain),
    () => sources.map((source) => bpfObject(source, join(folder, objectName(source)), toolchain)),
  );
  return finish(folder, [...native, ...objects]);
}

/** Compiles one BPF program of another package; `status.json` is written beside it. */
export function buildBpf(
  source: string,
  output: string,
  toolchain = toolchainFromEnvironment(),
): BuildStatus {
  const problems = make(
    () => bpfProblems(toolchain),
    () => [bpfObject(source, output, toolchain)],
  );
  return finish(dirname(output), problems);
}
