// `make smoke-test`: builds and starts all of Tripod on free ports and checks the essentials, in under 2 minutes.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { patient } from './processes/patience.ts';
import { startStack } from './processes/stack.ts';
import { inRepository } from './repository.ts';
import { checkApi } from './smoke/api-checks.ts';
import { checkDataPlane } from './smoke/data-plane-checks.ts';
import { checkPages } from './smoke/page-checks.ts';
import { checkServices } from './smoke/service-checks.ts';
import { Checklist } from './suites/checklist.ts';

const LONGEST_S = patient(120);

const started = performance.now();
const checks = new Checklist();
const stack = await checks.check('build, migrate and start the three services', () => startStack());
if (stack) {
  await checkServices(checks, stack);
  const api = await checkApi(checks, stack);
  if (api) await checkDataPlane(checks, stack, api);
  await checkPages(checks, stack);
  for (const service of [stack.webui, stack.api, stack.fastpath]) {
    await checks.check(`${service.name}: ends by itself on SIGTERM`, async () => {
      assert.deepEqual(await service.stop(), { code: 0, signal: null });
    });
  }
  await stack.stop();
}
const seconds = (performance.now() - started) / 1000;
await checks.check(`within ${LONGEST_S} s`, () =>
  assert.ok(seconds < LONGEST_S, `took ${seconds.toFixed(0)} s`),
);

mkdirSync(inRepository('test-results'), { recursive: true });
writeFileSync(
  inRepository('test-results/smoke.json'),
  JSON.stringify({ ...checks.score, failures: checks.failures }),
);
console.log(
  `smoke test, ${seconds.toFixed(0)} s: ${checks.score.passed} passed, ${checks.score.failed} failed`,
);
process.exitCode = checks.score.failed > 0 ? 1 : 0;
