// The images of the engine that builds them. docker, podman and buildah take the same words for nearly all of this.
import { inspectImage } from '../images/build-image.ts';
import { type Engine, findEngine, output } from '../images/engine.ts';
import { DeployProblem } from './problem.ts';

export interface ImageStore {
  engine: Engine['name'];
  /** The first characters of the hash of its content. */
  id(image: string): Promise<string>;
  tag(image: string, other: string): Promise<void>;
  push(image: string): Promise<void>;
  /** Writes an archive in docker's format with these names of one image; answers the files. */
  save(file: string, names: readonly string[]): Promise<string[]>;
}

/** That of the engine which `make images` takes. */
export async function openImageStore(): Promise<ImageStore> {
  const engine = await findEngine().catch(explained);
  const run = (...args: string[]) => output(engine, ...args).then(() => undefined, explained);
  return {
    engine: engine.name,
    async id(image) {
      const { id } = await inspectImage(engine, image).catch(explained);
      if (!id) throw new DeployProblem(`${engine.name} has no image ${image}: was it built?`);
      return id.replace(/^sha256:/, '').slice(0, 12);
    },
    tag: (image, other) => run('tag', image, other),
    push: (image) => run('push', image),
    async save(file, names) {
      if (engine.name === 'buildah') {
        const files = names.map((_, i) => `${file}.${i}`);
        for (const [i, one] of names.entries()) await run('push', one, `docker-archive:${files[i]}:${one}`);
        return files;
      }
      const format = engine.name === 'podman' ? ['--format', 'docker-archive'] : [];
      await run('save', ...format, '--output', file, ...names);
      return [file];
    },
  };
}

function explained(error: Error): never {
  throw new DeployProblem(error.message, { cause: error });
}
