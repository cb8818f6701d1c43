// `make test-vm`: AF_XDP on emulated machines with two NUMA nodes, on the newest kernel of Debian and on an older one.
// What is checked runs inside of them: services/fastpath/xdp-socket-native/test/vm and tests/vm.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cacheFolder } from './cache-folder.ts';
import type { Suite } from './debian/packages.ts';
import { inRepository, repositoryRoot } from './repository.ts';
import { Checklist } from './suites/checklist.ts';
import { fetchKernel, type Kernel } from './vm/kernel.ts';
import type { TestLine } from './vm/line-reporter.ts';
import { EmulatorCrash, runMachine } from './vm/machine.ts';
import { warmNodeCache } from './vm/node-cache.ts';
import { HUB, type Wire, widestWire } from './vm/wire.ts';

const LIMIT_MS = 1_200_000;

interface Scenario {
  name: string;
  kernel: Suite;
  zeroCopy: boolean;
  countsInstructions: boolean;
  wire: () => Wire;
}

const SCENARIOS: Scenario[] = [
  { name: 'zero-copy', kernel: 'sid', zeroCopy: true, countsInstructions: true, wire: widestWire },
  { name: 'copy mode', kernel: 'bookworm', zeroCopy: false, countsInstructions: false, wire: () => HUB },
];

/** Run by bash inside of the machine. What Node reports are lines of JSON: see line-reporter.ts. */
function commandOf({ zeroCopy }: Scenario, { queues }: Wire): string {
  const node = `'${process.execPath}' --test --test-isolation=none --test-reporter='${inRepository('scripts/vm/line-reporter.ts')}'`;
  return `
    cd '${repositoryRoot}' && scripts/vm/guest-network.sh || exit
    export FORCE_COLOR=0 NODE_COMPILE_CACHE=/run/node-cache VM_ZERO_COPY=${zeroCopy ? 'yes' : 'no'} VM_QUEUES=${queues}
    ${node} services/fastpath/xdp-socket-native/test/vm/*-checks.ts; package=$?
    ${node} tests/vm/*-checks.ts && exit $package`;
}

async function runScenario(
  scenario: Scenario,
  kernel: Kernel,
  nodeCache: string,
  checks: Checklist,
): Promise<void> {
  const wire = scenario.wire();
  const name = `${scenario.name} (Linux ${kernel.version})`;
  let lines = 0;
  let failed = 0;
  const onLine = (text: string) => {
    const line = parseLine(text);
    if (!line) return console.log(`      | ${scenario.name}: ${text}`);
    lines++;
    if (line.error !== undefined) failed++;
    checks.record(`${name}: ${line.name}`, line.ms, line.error);
  };
  await checks.check(`${name}: the machine ran to its end`, async () => {
    const command = commandOf(scenario, wire);
    const { countsInstructions } = scenario;
    const machine = { kernel, wire, command, nodeCache, countsInstructions, limitMs: LIMIT_MS };
    const { exit } = await runMachine(machine, onLine).catch((error) => {
      // Once more, and only for this: a check that failed has failed.
      if (!(error instanceof EmulatorCrash)) throw error;
      console.log(`      | the emulator crashed; the machine is started once more\n${error.message}`);
      return runMachine(machine, onLine);
    });
    if (lines === 0) throw new Error(`it reported no check (exit code ${exit})`);
    if (exit !== 0 && failed === 0) throw new Error(`exit code ${exit}, although no check failed`);
  });
}

/** Both machines at once: each has one thread for all its CPUs. */
async function runAll(nodeCache: string, checks: Checklist): Promise<void> {
  const ready: { scenario: Scenario; kernel: Kernel }[] = [];
  for (const scenario of SCENARIOS) {
    const what = `${scenario.name}: the kernel of Debian ${scenario.kernel}`;
    const kernel = await checks.check(what, () => fetchKernel(scenario.kernel));
    if (kernel) ready.push({ scenario, kernel });
  }
  await Promise.all(ready.map(({ scenario, kernel }) => runScenario(scenario, kernel, nodeCache, checks)));
}

function parseLine(text: string): TestLine | undefined {
  return text.startsWith('{"name":') ? (JSON.parse(text) as TestLine) : undefined;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const started = performance.now();
const checks = new Checklist();
const nodeCache = await checks.check('the tools of emulated machines', () => {
  execFileSync(inRepository('scripts/install-vm-tools.sh'), { stdio: ['ignore', 'inherit', 'inherit'] });
  const folder = cacheFolder('vm/node-cache');
  warmNodeCache(folder);
  return folder;
});
if (nodeCache) await runAll(nodeCache, checks);

mkdirSync(inRepository('test-results'), { recursive: true });
writeFileSync(
  inRepository('test-results/vm.json'),
  JSON.stringify({ ...checks.score, failures: checks.failures }),
);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`vm, ${seconds} s: ${checks.score.passed} passed, ${checks.score.failed} failed`);
process.exitCode = checks.score.failed > 0 ? 1 : 0;
