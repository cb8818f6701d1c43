import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { repositoryRoot } from '../repository.ts';
import { type Engine, output } from './engine.ts';
import type { Provenance } from './provenance.ts';

/** As images call it. Said in any case: not every engine tells a Dockerfile what it builds for by itself. */
const OWN_ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

export interface ImageBuild {
  /** The folder below services/ with the Dockerfile. */
  service: string;
  /** Name and tag: tripod-api:0.1.0 */
  image: string;
  /** linux/arm64; this machine's own when left out. */
  platform?: string | undefined;
  provenance: Provenance;
  /** NODE_IMAGE=… */
  buildArgs?: readonly string[];
  /** For the engine's build command as they are. */
  options?: readonly string[];
}

export interface BuiltImage {
  image: string;
  id: string;
  /** Unpacked. */
  megabytes: number;
}

/** Builds one image; what the engine says goes to our standard error. */
export async function buildImage(engine: Engine, build: ImageBuild): Promise<BuiltImage> {
  const [program, ...before] = engine.command;
  const child = spawn(program, [...before, ...buildArguments(engine, build)], {
    cwd: repositoryRoot,
    env: { ...process.env, ...engine.env },
    stdio: ['ignore', 2, 2],
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (code !== 0) throw new Error(`${build.image} was not built (${signal ?? `exit code ${code}`})`);
  return inspectImage(engine, build.image);
}

/** Exported for its test. */
export function buildArguments(
  { name }: Pick<Engine, 'name'>,
  { service, image, platform, provenance, buildArgs = [], options = [] }: ImageBuild,
): string[] {
  const seconds = `${provenance.seconds}`;
  // BuildKit reads the time of the image from this argument, the others from an option: the same sources, the same image.
  const [command, time] =
    name === 'docker'
      ? [
          ['buildx', 'build', '--load'],
          ['--build-arg', `SOURCE_DATE_EPOCH=${seconds}`],
        ]
      : [
          ['build', '--layers'],
          ['--timestamp', seconds],
        ];
  return [
    ...command,
    ...['--file', `services/${service}/Dockerfile`, '--tag', image],
    ...['--platform', platform ?? `linux/${OWN_ARCHITECTURE}`],
    ...time,
    ...Object.entries(provenance.labels).flatMap(([key, value]) => ['--label', `${key}=${value}`]),
    ...buildArgs.flatMap((argument) => ['--build-arg', argument]),
    ...options,
    '.',
  ];
}

export async function inspectImage(engine: Engine, image: string): Promise<BuiltImage> {
  if (engine.name === 'buildah') {
    const [line = ''] = (
      await output(engine, 'images', '--no-trunc', '--format', '{{.ID}} {{.Size}}', image)
    ).split('\n');
    const [id = '', size, unit = 'MB'] = line.split(/\s+/);
    return { image, id, megabytes: Number(size) * { B: 1e-6, KB: 1e-3, MB: 1, GB: 1e3 }[unit]! };
  }
  const [id = '', bytes] = (
    await output(engine, 'image', 'inspect', '--format', '{{.Id}} {{.Size}}', image)
  ).split(/\s/);
  return { image, id, megabytes: Number(bytes) / 1e6 };
}
