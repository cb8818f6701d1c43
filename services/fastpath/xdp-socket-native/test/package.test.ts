import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PACKAGE } from './default-program.ts';

/* The package as it is published: JavaScript and C, built by its own command, on the machine's own Node. */

const MACHINES_NODE = '/usr/bin/node';
const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'xdp-package-'));

/** The machine's own Node where it is another and new enough, else this one. */
function otherNode(): string {
  if (!existsSync(MACHINES_NODE)) return process.execPath;
  const version = execFileSync(MACHINES_NODE, ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)/.exec(version)?.[1]) >= 20 ? MACHINES_NODE : process.execPath;
}

const run = (...args: string[]): string => execFileSync(otherNode(), args, { cwd: folder, encoding: 'utf8' });

beforeAll(() => {
  const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const project = join(PACKAGE, 'tsconfig.build.json');
  execFileSync(process.execPath, [tsc, '-p', project, '--outDir', join(folder, 'dist')]);
  for (const source of ['core', 'binding', 'bpf'])
    cpSync(join(PACKAGE, source), join(folder, source), { recursive: true });
  cpSync(join(PACKAGE, 'node_modules/node-api-headers'), join(folder, 'node_modules/node-api-headers'), {
    recursive: true,
    dereference: true,
  });
  symlinkSync(folder, join(folder, 'node_modules', manifest.name));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, ...manifest.publishConfig }));
  run(manifest.publishConfig.bin['xdp-socket-native-build']);
});

afterAll(() => rmSync(folder, { recursive: true }));

test('loads by its name, has types, and shares a pool with a worker', () => {
  writeFileSync(
    join(folder, 'smoke.mjs'),
    `
    import { once } from 'node:events';
    import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
    import { BufferPool, currentCpu, loadStatus, probe, setThreadAffinity, threadAffinity } from 'xdp-socket-native';

    if (isMainThread) {
      const pool = new BufferPool({ slots: 8, slotSize: 2048 });
      const worker = new Worker(new URL(import.meta.url), { workerData: pool.handle });
      const [message] = await once(worker, 'message');
      await once(worker, 'exit');
      const { kernel } = probe();
      console.log(JSON.stringify({ ...message, first: pool.memory[0], used: pool.stats().used, status: loadStatus(), kernel }));
      pool.close();
    } else {
      const pool = BufferPool.fromHandle(workerData);
      const [cpu] = threadAffinity();
      setThreadAffinity([cpu]);
      pool.memory[0] = 77;
      pool.alloc();
      parentPort.postMessage({ pinned: threadAffinity().length === 1 && currentCpu() === cpu });
    }
    `,
  );
  const result: unknown = JSON.parse(run('smoke.mjs'));
  expect(result).toMatchObject({ pinned: true, first: 77, used: 1, status: { ok: true } });
  expect(existsSync(join(folder, 'dist/index.d.ts'))).toBe(true);
  expect(existsSync(join(folder, 'build/udp-to-xsk.bpf.o'))).toBe(true);
});

test('a stop in the middle of loading threads: 20 workers at once, each terminated', () => {
  writeFileSync(
    join(folder, 'many.mjs'),
    `
    import { isMainThread, Worker } from 'node:worker_threads';
    import { BufferPool } from 'xdp-socket-native';

    if (isMainThread) {
      const workers = Array.from({ length: 20 }, () => new Worker(new URL(import.meta.url)));
      for (const worker of workers) worker.on('message', () => undefined);
      await Promise.all(workers.map((worker) => worker.terminate()));
      console.log('survived');
    } else {
      for (;;) new BufferPool({ slots: 8, slotSize: 2048 }).memory[0] = 1;
    }
    `,
  );
  expect(run('many.mjs')).toBe('survived\n');
});
