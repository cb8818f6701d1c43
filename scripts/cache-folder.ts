import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A folder for what was downloaded or compiled: it outlives the run, and the checkout. */
export function cacheFolder(name: string): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tripod', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
