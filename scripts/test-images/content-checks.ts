import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inspectImage } from '../images/build-image.ts';
import { output } from '../images/engine.ts';
import type { ServiceName } from '../processes/child-process.ts';
import type { Checklist } from '../suites/checklist.ts';
import { listFiles } from './image-file.ts';
import { configProblems, type Expected, fileProblems, type ImageConfig } from './image-rules.ts';
import { deployedPackages, productionPackages } from './production-packages.ts';
import type { Store } from './store.ts';

/** Unpacked. */
const LARGEST_MB = 250;
const MANY = 20;

const EXPECTED: Record<ServiceName, Omit<Expected, 'title'>> = {
  api: { user: '10001:10001', ports: ['5000/tcp', '5001/tcp'] },
  webui: { user: '10002:10002', ports: ['3000/tcp', '3001/tcp'] },
  fastpath: { user: '10003:10003', ports: ['50051/tcp', '8080/tcp', '7000/udp'] },
};

/** What can be seen of an image without running it. */
export async function checkContent(
  checks: Checklist,
  store: Store,
  service: ServiceName,
  image: string,
): Promise<void> {
  await checks.check(`${image}: size`, async () => {
    const { megabytes } = await inspectImage(store.engine, image);
    console.log(`      | ${image}: ${megabytes.toFixed(0)} MB unpacked`);
    assert.ok(megabytes < LARGEST_MB, `${megabytes.toFixed(0)} MB, more than ${LARGEST_MB}`);
  });
  await checks.check(`${image}: how it starts, and its labels`, async () => {
    const config = JSON.parse(
      await output(store.engine, 'image', 'inspect', '--format', '{{json .Config}}', image),
    ) as ImageConfig;
    nothing(configProblems(config, { ...EXPECTED[service], title: image.split(':')[0]! }));
  });
  await whileMounted(store, image, async (root) => {
    await checks.check(`${image}: no tools, nothing setuid, owned by root, for run time only`, () => {
      const files = listFiles(root);
      assert.ok(
        files.some(({ path }) => path === '/app/package.json'),
        'there is no /app/package.json',
      );
      nothing(fileProblems(files));
    });
    await checks.check(`${image}: packages of production only`, () => {
      const allowed = productionPackages(service);
      const deployed = deployedPackages(join(root, 'app/node_modules'));
      assert.ok(deployed.length > 10, `only ${deployed.length} packages`);
      nothing(deployed.filter((name) => !allowed.has(name)).map((name) => `${name} is for development`));
    });
  });
}

function nothing(problems: readonly string[]): void {
  const more = problems.length > MANY ? [`and ${problems.length - MANY} more`] : [];
  if (problems.length > 0) throw new Error([...problems.slice(0, MANY), ...more].join('\n'));
}

async function whileMounted(
  { engine }: Store,
  image: string,
  work: (root: string) => Promise<void>,
): Promise<void> {
  const root = (await output(engine, 'image', 'mount', image)).trim();
  try {
    await work(root);
  } finally {
    await output(engine, 'image', 'unmount', image);
  }
}

/** A line for each file of an image: permissions, owner, and a digest of what it holds. */
export async function digestsOf(store: Store, image: string): Promise<string[]> {
  let lines: string[] = [];
  await whileMounted(store, image, async (root) => {
    lines = listFiles(root).map(({ path, type, mode, uid, gid }) => {
      const content =
        type === 'file'
          ? readFileSync(join(root, path))
          : type === 'link'
            ? readlinkSync(join(root, path))
            : '';
      return `${path} ${mode.toString(8)} ${uid}:${gid} ${createHash('sha256').update(content).digest('hex')}`;
    });
  });
  return lines;
}
