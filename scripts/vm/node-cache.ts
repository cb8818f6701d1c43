import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inRepository, repositoryRoot } from '../repository.ts';

/** All TypeScript that runs inside of the machines. */
const SOURCES = [
  'services/fastpath/src/**/*.ts',
  'services/fastpath/xdp-socket-native/{src,test/vm}/**/*.ts',
  'tests/{vm,harness}/**/*.ts',
  'scripts/{vm/line-reporter,processes/exit-with-parent}.ts',
];
const OTHER_TESTS = /\.test\.ts$|\/testing\/|-contract\.ts$/;

/**
 * Lets the Node of this machine fill the compile cache (NODE_COMPILE_CACHE) in `folder` with all of that. Emulated, it
 * takes half a minute to strip the types of the fast path: so long that its own timeouts think that a worker hangs.
 */
export function warmNodeCache(folder: string): void {
  const files = globSync(SOURCES, { cwd: repositoryRoot }).filter((file) => !OTHER_TESTS.test(file));
  // A module graph is loaded as a whole before the first module of it runs, and that one puts an end to it.
  const graph = [
    'data:text/javascript,throw new Error("loaded")',
    ...files.map((file) => pathToFileURL(inRepository(file)).href),
  ];
  const graphModule = `data:text/javascript,${encodeURIComponent(graph.map((url) => `import ${JSON.stringify(url)};`).join('\n'))}`;
  const script = `
    const error = await import(${JSON.stringify(graphModule)}).catch((error) => error);
    if (error.message !== 'loaded') throw error;`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, NODE_COMPILE_CACHE: folder },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
