import { fileURLToPath } from 'node:url';

/** Absolute path of a file or folder, given relative to the top of the repository. */
export function inRepository(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** The root of the repository, without a trailing slash. */
export const repositoryRoot = inRepository('').replace(/\/$/, '');
