import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the file of a new database, and its folder, for nobody but us: hashes of passwords and tokens will be in it.
 * SQLite gives its log the rights of the file. What is there already keeps those that somebody chose.
 */
export function makeSqliteFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // It is there; or it cannot be made, which SQLite will say in its own words when it tries.
  }
}
