// Where an image comes from, as its labels say it.
import { readFileSync } from 'node:fs';
import { inRepository } from '../repository.ts';
import { run } from '../verify/run-command.ts';

export interface Provenance {
  /** The time of everything in the image: that of the last commit, so that a second build makes the same. */
  seconds: number;
  labels: Record<string, string>;
}

const LABEL = 'org.opencontainers.image';

/** Name and version of the product, from its manifest. */
export function product(): { name: string; version: string } {
  return JSON.parse(readFileSync(inRepository('package.json'), 'utf8')) as { name: string; version: string };
}

/** Of the present checkout. SOURCE_DATE_EPOCH is stronger than the last commit; without git there is only now. */
export async function readProvenance(): Promise<Provenance> {
  const [revision, committed] = (await git('log', '-1', '--format=%H %ct'))?.trim().split(' ') ?? [];
  const changes = revision && (await git('status', '--porcelain'));
  const source = (await git('remote', 'get-url', 'origin'))?.trim();
  const seconds = Number(process.env.SOURCE_DATE_EPOCH || committed || Math.floor(Date.now() / 1000));
  return {
    seconds,
    labels: {
      [`${LABEL}.version`]: product().version,
      [`${LABEL}.created`]: new Date(seconds * 1000).toISOString(),
      ...(revision && { [`${LABEL}.revision`]: changes ? `${revision}-dirty` : revision }),
      ...(source && publicUrl(source) && { [`${LABEL}.source`]: publicUrl(source) }),
    },
  };
}

/** A remote may hold a token, and need not be a URL that a browser can open. Exported for its test. */
export function publicUrl(remote: string): string {
  const [, host, path] = URL_REMOTE.exec(remote) ?? SCP_REMOTE.exec(remote) ?? [];
  return host && path ? `https://${host}/${path.replace(/(\.git)?\/?$/, '')}` : '';
}

const URL_REMOTE = /^(?:https?|ssh|git):\/\/(?:[^@/]*@)?([\w.-]+)(?::\d+)?\/(.+)$/;
const SCP_REMOTE = /^(?:[^@/]*@)?([\w.-]+):([^/].*)$/;

async function git(...args: string[]): Promise<string | undefined> {
  try {
    return await run('git', ...args);
  } catch {
    // No git, no repository, or none of that name: the label is left out.
    return undefined;
  }
}
