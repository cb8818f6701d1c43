// `make test`: runs the suites named as arguments, all of them to the end, and sums their reports.
// The last line is exactly "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { chromiumPath } from './processes/chromium.ts';
import { buildWebui } from './processes/webui-build.ts';
import { inRepository, repositoryRoot } from './repository.ts';
import { lanesOf, runLanes } from './suites/lanes.ts';
import { KINDS, type Kind } from './suites/suite.ts';

const kinds = process.argv.slice(2) as Kind[];
const unknown = kinds.find((kind) => !KINDS.includes(kind));
if (kinds.length === 0 || unknown) {
  console.error(
    `Usage: node scripts/test.ts SUITE...  with ${KINDS.join(', ')}${unknown ? `; not ${unknown}` : ''}`,
  );
  process.exit(2);
}

const environment = { ...process.env };
if (kinds.includes('e2e') || kinds.includes('smoke') || kinds.includes('images')) {
  try {
    environment.CHROMIUM_PATH = await chromiumPath();
  } catch (error) {
    // The browser suites will fail and be counted; the others still have something to say.
    console.error((error as Error).message);
  }
}

if (kinds.some((kind) => ['native', 'afxdp', 'vm'].includes(kind))) {
  // What is missing makes tests fail, which are counted; the others still have something to say.
  for (const [command, ...args] of [
    ['scripts/install-native-tools.sh'],
    [process.execPath, 'scripts/build-native.ts'],
  ]) {
    spawnSync(command!, args, { cwd: repositoryRoot, stdio: 'inherit' });
  }
}

if (kinds.some((kind) => ['unit', 'integration', 'e2e', 'smoke'].includes(kind))) {
  // Before the lanes: two suites that build it at the same time would take it away from each other.
  await buildWebui().catch((error: Error) => console.error(error.message));
}

mkdirSync(inRepository('test-results'), { recursive: true });
const results = await runLanes(lanesOf(kinds), environment);

console.log('');
for (const { name, passed, failures, skipped, seconds } of results) {
  const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  console.log(
    `${name.padEnd(24)} ${passed} passed, ${failures.length} failed${skips} (${seconds.toFixed(0)} s)`,
  );
  for (const failure of failures) console.log(`  failed: ${failure}`);
  for (const skip of skipped) console.log(`  skipped: ${skip}`);
}
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failures.length, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
