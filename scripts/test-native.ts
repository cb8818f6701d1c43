// `make test-native`: the C core of the AF_XDP addon, without Node: under sanitizers, fuzzed, and on arm64.
import { mkdirSync, writeFileSync } from 'node:fs';
import { inRepository } from './repository.ts';
import { Checklist } from './suites/checklist.ts';
import { run } from './verify/run-command.ts';

const CORE = 'services/fastpath/xdp-socket-native/core';
const FUZZ_SECONDS = process.env.FUZZ_SECONDS ?? '30';

const checks = new Checklist();
await checks.check('core under AddressSanitizer and UndefinedBehaviorSanitizer', () =>
  run(`${CORE}/test/run.sh`),
);
await checks.check(`fuzzing the packet parser for ${FUZZ_SECONDS} s`, () =>
  run(`${CORE}/fuzz/run.sh`, FUZZ_SECONDS),
);
await checks.check('core and addon cross-compiled, core run on arm64', () => run(`${CORE}/test/arm64.sh`));

mkdirSync(inRepository('test-results'), { recursive: true });
writeFileSync(
  inRepository('test-results/native.json'),
  JSON.stringify({ ...checks.score, failures: checks.failures }),
);
console.log(`native: ${checks.score.passed} passed, ${checks.score.failed} failed`);
process.exitCode = checks.score.failed > 0 ? 1 : 0;
