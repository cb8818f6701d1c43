// `make images`: builds the image of each service with the engine that is here, and prints name, id and size.
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type BuiltImage, buildImage } from './images/build-image.ts';
import { ENGINES, type EngineName, findEngine } from './images/engine.ts';
import { product, readProvenance } from './images/provenance.ts';
import { repositoryRoot } from './repository.ts';

const USAGE = `Usage: make images ARGS="[--engine ${ENGINES.join('|')}] [--platform linux/amd64,linux/arm64] [--tag TAG]
  [--build-arg NAME=VALUE]... [--build-option=--OPTION]... [SERVICE]..."
Several platforms: one image each, with the architecture at the end of its tag.`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      engine: { type: 'string' },
      platform: { type: 'string', default: '' },
      tag: { type: 'string', default: product().version },
      'build-arg': { type: 'string', multiple: true, default: [] },
      'build-option': { type: 'string', multiple: true, default: [] },
    },
  });
  if (values.help) return console.log(USAGE);
  if (values.engine !== undefined && !ENGINES.includes(values.engine as EngineName))
    throw new TypeError(`${values.engine} is none of ${ENGINES.join(', ')}`);
  const known = globSync('services/*/Dockerfile', { cwd: repositoryRoot }).map((file) => file.split('/')[1]!);
  const unknown = positionals.find((service) => !known.includes(service));
  if (unknown) throw new TypeError(`${unknown} has no Dockerfile; ${known.join(', ')} have`);

  const engine = await findEngine(values.engine as EngineName | undefined);
  const provenance = await readProvenance();
  const platforms = values.platform.split(',').filter(Boolean);
  const built: BuiltImage[] = [];
  for (const service of positionals.length > 0 ? positionals : known.sort()) {
    for (const platform of platforms.length > 0 ? platforms : [undefined]) {
      const architecture = platforms.length > 1 ? `-${platform?.split('/')[1]}` : '';
      const image = `${product().name}-${service}:${values.tag}${architecture}`;
      const { 'build-arg': buildArgs, 'build-option': options } = values;
      built.push(await buildImage(engine, { service, image, platform, provenance, buildArgs, options }));
    }
  }
  for (const { image, id, megabytes } of built) {
    console.log(`${image.padEnd(32)} ${id.replace('sha256:', '').slice(0, 12)}  ${megabytes.toFixed(0)} MB`);
  }
}

try {
  await main();
} catch (error) {
  const isUsage = error instanceof TypeError;
  console.error(`tripod: ${(error as Error).message}${isUsage ? `\n${USAGE}` : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
