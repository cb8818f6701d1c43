// `make verify`: everything that can be told without running the product. All checks run to the end.
import { globSync, mkdirSync, writeFileSync } from 'node:fs';
import { inRepository, repositoryRoot } from './repository.ts';
import { Checklist } from './suites/checklist.ts';
import { checkGeneratedFiles } from './verify/generated-files.ts';
import { checkIgnoredFiles } from './verify/ignored-files.ts';
import { checkManifests } from './verify/manifests.ts';
import { checkMonitoring } from './verify/monitoring.ts';
import { checkOpenApiCompatibility } from './verify/openapi-compatibility.ts';
import { run } from './verify/run-command.ts';
import { checkWorkflows } from './verify/workflows.ts';

const started = performance.now();
const checks = new Checklist();
const find = (pattern: string | string[]) =>
  globSync(pattern, { cwd: repositoryRoot, exclude: (path) => path.endsWith('node_modules') }).sort();

await checks.check('format and lint', () => run('biome', 'ci', '--colors=off', '--error-on-warnings', '.'));
for (const project of find([
  'scripts/tsconfig.json',
  'services/*/tsconfig*.json',
  'services/fastpath/xdp-socket-native/tsconfig.json',
  'tests/tsconfig.json',
])) {
  await checks.check(`types: ${project}`, () => run('tsc', '-p', project));
}
await checks.check('direction of imports', () =>
  run('depcruise', '--config', '.dependency-cruiser.cjs', 'scripts', 'services', 'tests'),
);
await checks.check('dead code, dependencies that are unused or undeclared', () =>
  run('knip', '--treat-config-hints-as-errors'),
);
for (const script of find(['{scripts,services}/**/*.sh', '.ci/run'])) {
  await checks.check(`syntax: ${script}`, () => run('bash', '-n', script));
}
await checks.check('generated files are current', checkGeneratedFiles);
await checks.check('git ignores no source', checkIgnoredFiles);
await checks.check('the API stays compatible', checkOpenApiCompatibility);
await checkManifests(checks);
await checks.check('alerts and dashboards', checkMonitoring);
await checkWorkflows(checks);

mkdirSync(inRepository('test-results'), { recursive: true });
writeFileSync(
  inRepository('test-results/verify.json'),
  JSON.stringify({ ...checks.score, failures: checks.failures }),
);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`verify, ${seconds} s: ${checks.score.passed} passed, ${checks.score.failed} failed`);
process.exitCode = checks.score.failed > 0 ? 1 : 0;
