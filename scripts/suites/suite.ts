import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerType } from '../databases/server.ts';
import { inRepository } from '../repository.ts';
import { playwrightScore, type Score, type VitestReport, vitestScore } from './score.ts';

/** One command that tests something and writes a report of what it did. */
export interface Suite {
  name: string;
  /** Program and arguments, run from the top of the repository. */
  command: string[];
  /** Where the report appears, relative to the top. */
  report: string;
  read(report: never): Score;
  /** Ends a hang; a machine that is slow for a while must get through. */
  timeoutMinutes: number;
  /** Started for it; it learns where they are from TEST_POSTGRES_URL and so on. */
  servers: readonly ServerType[];
}

export const KINDS = [
  'verify',
  'unit',
  'native',
  'afxdp',
  'vm',
  'images',
  'databases',
  'integration',
  'e2e',
  'smoke',
] as const;
export type Kind = (typeof KINDS)[number];

const VITEST = 'node_modules/vitest/vitest.mjs';
const PLAYWRIGHT = 'tests/node_modules/@playwright/test/cli.js';
const ADDON = 'services/fastpath/xdp-socket-native';
const AFXDP_MINUTES = 20;
const API = 'services/api';
/** How they begin: a loop over the databases of src/testing/dialects.ts. */
const EVERY_DATABASE = /\b(DIALECTS|onEachDatabase)\b/;

export function suitesOf(kind: Kind): Suite[] {
  switch (kind) {
    case 'unit':
      return unitFolders().map((folder) => {
        const suite = vitest(`unit ${folder}`, folder, 20);
        // Its data is tested on SQLite here, and on every server by the suite "databases".
        return folder === API ? { ...suite, servers: ['redis'] } : suite;
      });
    case 'databases': {
      const suite = vitest('databases', API, 25);
      const command = [...suite.command, ...filesForEveryDatabase()];
      return [{ ...suite, command, servers: ['postgres', 'mysql', 'mariadb', 'redis'] }];
    }
    case 'afxdp':
      return [
        inNetworkNamespace(vitest('afxdp xdp-socket-native', ADDON, AFXDP_MINUTES)),
        inNetworkNamespace(
          vitest('afxdp fastpath', 'services/fastpath', AFXDP_MINUTES, 'vitest.afxdp.config.ts'),
        ),
      ];
    case 'integration':
      return [vitest('integration', 'tests', 60)];
    case 'e2e':
      return [
        {
          name: 'e2e',
          command: [process.execPath, PLAYWRIGHT, 'test', '--config', 'tests/playwright.config.ts'],
          report: 'test-results/e2e.json',
          read: playwrightScore,
          timeoutMinutes: 45,
          servers: [],
        },
      ];
    case 'native':
    case 'vm':
    case 'images':
    case 'smoke':
    case 'verify':
      return [checklist(kind)];
  }
}

/** The scripts, and every service that tests something: a new service is found by itself. */
function unitFolders(): string[] {
  const services = globSync('services/*/package.json', { cwd: inRepository('') })
    .filter((file) => {
      const { devDependencies = {} } = JSON.parse(readFileSync(inRepository(file), 'utf8')) as {
        devDependencies?: Record<string, string>;
      };
      return 'vitest' in devDependencies;
    })
    .map((file) => file.replace('/package.json', ''));
  const all = ['scripts', ...services.sort()];
  // ONLY=services/api: the tests of one folder.
  const only = process.env.ONLY;
  if (!only) return all;
  if (!all.includes(only)) throw new Error(`ONLY=${only} is none of ${all.join(', ')}`);
  return [only];
}

function vitest(name: string, folder: string, timeoutMinutes: number, config = 'vitest.config.ts'): Suite {
  const report = `test-results/${name.replace(/\W+/g, '-')}.json`;
  return {
    name,
    command: [
      process.execPath,
      VITEST,
      'run',
      '--root',
      folder,
      '--config',
      config,
      '--reporter=default',
      '--reporter=json',
      `--reporter=${inRepository('scripts/suites/skip-reporter.ts')}`,
      `--outputFile.json=${inRepository(report)}`,
    ],
    report,
    read: (json: VitestReport) => vitestScore(json, readJson(skipReasonsFile(report)) ?? {}),
    timeoutMinutes,
    servers: [],
  };
}

/** The tests of the API that run on each database there is. */
function filesForEveryDatabase(): string[] {
  const cwd = inRepository(API);
  return globSync('src/**/*.test.ts', { cwd }).filter((file) =>
    EVERY_DATABASE.test(readFileSync(join(cwd, file), 'utf8')),
  );
}

/** Interfaces and XDP programs of the tests are theirs alone. Without root the tests say how to run them. */
function inNetworkNamespace(suite: Suite): Suite {
  const isRoot = process.getuid?.() === 0;
  return isRoot ? { ...suite, command: ['scripts/in-network-namespace.sh', ...suite.command] } : suite;
}

const CHECKLISTS = {
  native: { script: 'scripts/test-native.ts', timeoutMinutes: 20 },
  smoke: { script: 'scripts/smoke-test.ts', timeoutMinutes: 15 },
  verify: { script: 'scripts/verify.ts', timeoutMinutes: 20 },
  vm: { script: 'scripts/test-vm.ts', timeoutMinutes: 40 },
  images: { script: 'scripts/test-images.ts', timeoutMinutes: 40 },
};

/** The runners of our own: they write their score as it is. */
function checklist(kind: keyof typeof CHECKLISTS): Suite {
  const { script, timeoutMinutes } = CHECKLISTS[kind];
  return {
    name: kind,
    command: [process.execPath, script],
    report: `test-results/${kind}.json`,
    read: ({ passed, failures }: Omit<Score, 'skipped'>) => ({ passed, failures, skipped: [] }),
    timeoutMinutes,
    servers: [],
  };
}

/** Where skip-reporter.ts writes for the suite with this report. */
export function skipReasonsFile(report: string): string {
  return report.replace(/\.json$/, '.skips.json');
}

/** The score in the report; undefined when the runner wrote none, or one that cannot be read. */
export function readScore(suite: Suite): Score | undefined {
  const json = readJson(suite.report);
  return json === undefined ? undefined : suite.read(json as never);
}

function readJson<T>(file: string): T | undefined {
  const path = inRepository(file);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    // Half a report, from a runner that died while writing it.
    console.error(`${file} cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}
