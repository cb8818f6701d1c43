import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compile, isFresh } from '../src/build/artefact.ts';
import { build, buildBpf } from '../src/build/build.ts';
import { addonProblems, bpfProblems, toolchainFromEnvironment } from '../src/build/toolchain.ts';
import { AddonMissingError, loadFrom, loadStatus } from '../src/native.ts';
import { PACKAGE } from './default-program.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xdp-build-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o755 });
  return file;
};

/** A compiler that fails for sources with this text in them, and works for all others. */
const compilerWithout = (text: string): string =>
  write('cc', `#!/bin/sh\n[ "$1" = --version ] || ! grep -q '${text}'\n`);

describe('what is missing is named with its remedy', () => {
  const real = toolchainFromEnvironment();

  test.each([
    ['libxdp', 'xdp/xsk.h', 'apt-get install libxdp-dev'],
    ['libbpf', 'bpf/libbpf.h', 'apt-get install libbpf-dev'],
    ['the kernel headers', 'linux/if_xdp.h', 'apt-get install linux-libc-dev'],
  ])('%s', (what, header, remedy) => {
    const problems = addonProblems({ ...real, cc: compilerWithout(header) });
    expect(problems).toEqual([{ what: expect.stringContaining(what), remedy }]);
  });

  test('a C compiler', () => {
    expect(addonProblems({ ...real, cc: '/nowhere/cc' })).toEqual([
      { what: 'there is no C compiler (/nowhere/cc)', remedy: 'apt-get install gcc libc6-dev' },
    ]);
  });

  test('clang, and its BPF target', () => {
    expect(bpfProblems({ ...real, clang: '/nowhere/clang' })).toEqual([
      { what: 'there is no /nowhere/clang', remedy: 'apt-get install clang' },
    ]);
    const clang = write('clang', '#!/bin/sh\n[ "$1" = --version ]\n');
    expect(bpfProblems({ ...real, clang })).toEqual([
      { what: `${clang} has no BPF target`, remedy: 'apt-get install clang llvm' },
    ]);
  });

  test('the build writes it down, and the loader says it', () => {
    const status = build({ folder, toolchain: { cc: '/nowhere/cc', clang: '/nowhere/clang' } });
    expect(status.ok).toBe(false);
    expect(JSON.parse(readFileSync(join(folder, 'status.json'), 'utf8'))).toEqual(status);
    expect(() => loadFrom(folder)).toThrow(
      /cannot be used here: there is no C compiler \(\/nowhere\/cc\): apt-get install gcc libc6-dev; /,
    );
  });

  test('the command line prints it; the exit code is 1, or 0 with --optional', () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [join(PACKAGE, 'build.ts'), '--folder', folder, ...args], {
        encoding: 'utf8',
        env: { ...process.env, CC: '/nowhere/cc' },
      });
    expect(run()).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('apt-get install gcc libc6-dev\n'),
    });
    expect(run('--optional')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('there is no C compiler'),
    });
    expect(run('--bpf', 'x.c')).toMatchObject({ status: 2, stderr: expect.stringContaining('usage:') });
  });
});

describe('loading', () => {
  test('this build works', () => {
    expect(loadStatus()).toEqual({ ok: true });
  });

  test('a folder in which nothing was built', () => {
    expect(() => loadFrom(folder)).toThrow(AddonMissingError);
    expect(() => loadFrom(folder)).toThrow(/not built: run `node build.ts`/);
  });

  test('a file that is no addon', () => {
    write('xdp_socket.node', 'nothing that could be loaded');
    expect(() => loadFrom(folder)).toThrow(
      expect.objectContaining({
        code: 'ERR_XDP_ADDON_MISSING',
        problems: [
          {
            what: expect.stringContaining('xdp_socket.node'),
            remedy: expect.stringContaining('build it again'),
          },
        ],
      }),
    );
  });

  test('a library that is not installed here is named with its package', () => {
    // An addon that needs libxdp under a name that no machine has.
    const library = join(folder, 'libxdp-of-nowhere.so');
    const source = write('x.c', 'int x; void *napi_register_module_v1(void) { return &x; }');
    expect(spawnSync('cc', ['-shared', '-fPIC', source, '-o', library]).status).toBe(0);
    const addon = join(folder, 'xdp_socket.node');
    const main = write('y.c', 'extern int x; void *napi_register_module_v1(void) { return &x; }');
    expect(spawnSync('cc', ['-shared', '-fPIC', main, library, '-o', addon]).status).toBe(0);
    rmSync(library);
    expect(() => loadFrom(folder)).toThrow(/libxdp-of-nowhere.so.*: apt-get install libxdp1/);
  });
});

describe('artefacts', () => {
  test('are made again when a source, a header or a flag changes, and only then', () => {
    const sources = join(folder, 'src');
    mkdirSync(sources);
    writeFileSync(join(sources, 'a.h'), '#define A 1\n');
    writeFileSync(join(sources, 'a.c'), '#include "a.h"\nint a = A;\n');
    const artefact = {
      output: join(folder, 'out/a.o'),
      sources: [sources],
      compiler: 'cc',
      args: ['-c', join(sources, 'a.c')],
    };
    expect(isFresh(artefact)).toBe(false);
    expect(compile(artefact)).toBeNull();
    expect(isFresh(artefact)).toBe(true);
    expect(isFresh({ ...artefact, args: ['-O2', ...artefact.args] })).toBe(false);
    writeFileSync(join(sources, 'a.h'), '#define A 2\n');
    expect(isFresh(artefact)).toBe(false);
    expect(compile(artefact)).toBeNull();
    expect(isFresh(artefact)).toBe(true);
    rmSync(artefact.output);
    expect(isFresh(artefact)).toBe(false);
  });

  test('one that does not compile leaves the old one and no litter', () => {
    const source = write('a.c', 'int a;\n');
    const output = join(folder, 'out/a.o');
    const artefact = { output, sources: [source], compiler: 'cc', args: ['-c', source] };
    expect(compile(artefact)).toBeNull();
    const before = readFileSync(output);
    writeFileSync(source, 'int a\n');
    expect(compile(artefact)).toMatch(/error/);
    expect(readFileSync(output)).toEqual(before);
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['.a.o.stamp', 'a.o']);
  });

  test('a BPF program of another package, with its status beside it', () => {
    const source = write(
      'p.bpf.c',
      '#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\nSEC("xdp") int p(struct xdp_md *c) { (void)c; return XDP_PASS; }\n',
    );
    const output = join(folder, 'out/p.bpf.o');
    expect(buildBpf(source, output)).toEqual({ ok: true, problems: [] });
    expect(existsSync(output)).toBe(true);
    writeFileSync(source, 'int broken\n');
    expect(buildBpf(source, output).problems).toEqual([
      { what: `${output} does not compile`, remedy: expect.stringContaining('error') },
    ]);
    expect(JSON.parse(readFileSync(join(folder, 'out/status.json'), 'utf8'))).toMatchObject({ ok: false });
  });
});
