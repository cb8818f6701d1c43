// `make test-images`: builds the images, looks into them, and runs them as pods do, with a real PostgreSQL beside them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDatabaseServer } from './databases/server.ts';
import { buildImage } from './images/build-image.ts';
import { product, readProvenance } from './images/provenance.ts';
import { ENTRY_POINTS, type ServiceName } from './processes/child-process.ts';
import { inRepository } from './repository.ts';
import { checkApi } from './smoke/api-checks.ts';
import { checkDataPlane } from './smoke/data-plane-checks.ts';
import { checkPages } from './smoke/page-checks.ts';
import { checkServices } from './smoke/service-checks.ts';
import { Checklist } from './suites/checklist.ts';
import { checkAfxdp } from './test-images/afxdp-checks.ts';
import { provideBaseImages } from './test-images/base-images.ts';
import { migrateInContainer, startContainerStack } from './test-images/container-stack.ts';
import { checkContent, digestsOf } from './test-images/content-checks.ts';
import { checkShutdown } from './test-images/shutdown-checks.ts';
import { openStore, type Store } from './test-images/store.ts';

const SERVICES = Object.keys(ENTRY_POINTS) as ServiceName[];
const { name: productName, version } = product();
const IMAGES = Object.fromEntries(
  SERVICES.map((name) => [name, `${productName}-${name}:${version}`]),
) as Record<ServiceName, string>;

async function build(store: Store, service: ServiceName, image: string, ...options: string[]): Promise<void> {
  const provenance = await readProvenance();
  await buildImage(store.engine, {
    service,
    image,
    provenance,
    options: [...store.buildOptions, ...options],
  });
}

/** Whether all that needs to be there is: the rest has nothing to look at otherwise. */
async function buildAll(checks: Checklist, store: Store): Promise<boolean> {
  await checks.check('the images that ours are built from', async () => {
    const standIns = await provideBaseImages(store);
    if (standIns.length > 0)
      console.log(`      | made here, as no registry was reached: ${standIns.join(', ')}`);
  });
  for (const service of SERVICES)
    await checks.check(`${IMAGES[service]}: build`, () => build(store, service, IMAGES[service]));
  return checks.failures.length === 0;
}

async function checkRunning(checks: Checklist, store: Store): Promise<void> {
  const directory = join(store.folder, 'postgres');
  await using database = await startDatabaseServer({ type: 'postgres', directory, durable: false });
  await checks.check('migrations: in a container, two at once, and again', async () => {
    const migrate = () => migrateInContainer(store, IMAGES.api, database);
    const first = await Promise.all([migrate(), migrate()]);
    const again = await migrate();
    const migrated = (lines: string[]) => lines.filter((line) => line.includes('"migrating"')).length;
    assert.deepEqual(first.map((lines) => migrated(lines) > 0).sort(), [false, true]);
    assert.equal(migrated(again), 0);
  });
  const stack = await checks.check('the three start: read-only, not root, no capabilities', () =>
    startContainerStack(store, IMAGES, database),
  );
  if (!stack) return;
  await using _ = stack;
  await checkServices(checks, stack);
  const api = await checkApi(checks, stack);
  if (api) await checkDataPlane(checks, stack, api);
  await checkPages(checks, stack);
  await checkShutdown(checks, store, stack, IMAGES);
}

async function checkRepeatable(checks: Checklist, store: Store): Promise<void> {
  await checks.check(`${IMAGES.webui}: a second build makes the same files`, async () => {
    const again = `${productName}-webui:again`;
    await build(store, 'webui', again, '--no-cache');
    const [first, second] = [await digestsOf(store, IMAGES.webui), await digestsOf(store, again)];
    const before = new Set(first);
    assert.deepEqual(second.filter((line) => !before.has(line)).slice(0, 10), []);
    assert.equal(second.length, first.length);
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const started = performance.now();
const checks = new Checklist();
await checks.check('the tools that build and run images', () =>
  execFileSync(inRepository('scripts/install-image-tools.sh'), { stdio: ['ignore', 'inherit', 'inherit'] }),
);
if (checks.failures.length === 0) {
  await using store = await openStore();
  if (await buildAll(checks, store)) {
    for (const service of SERVICES) await checkContent(checks, store, service, IMAGES[service]);
    await checkRunning(checks, store);
    await checkAfxdp(checks, store, IMAGES.fastpath);
    await checkRepeatable(checks, store);
  }
}

mkdirSync(inRepository('test-results'), { recursive: true });
writeFileSync(
  inRepository('test-results/images.json'),
  JSON.stringify({ ...checks.score, failures: checks.failures }),
);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`images, ${seconds} s: ${checks.score.passed} passed, ${checks.score.failed} failed`);
process.exitCode = checks.score.failed > 0 ? 1 : 0;
