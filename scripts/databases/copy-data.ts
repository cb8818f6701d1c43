import { chownSync, constants, type Dirent, mkdirSync, readdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVANT } from './child.ts';

/** Of one server's life alone, or made again by the copy: these folders are copied empty. */
const EMPTY = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const LEFT_OUT = /^(postmaster\.(pid|opts)|pgsql_tmp.*|pg_internal\.init.*|current_logfiles.*)$/;

/** Copies the data folder of a PostgreSQL that runs and is in backup mode: files may change and vanish meanwhile. */
export async function copyRunningData(from: string, to: string): Promise<void> {
  makeFolder(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (LEFT_OUT.test(entry.name)) continue;
    await copyEntry(entry, from, to, EMPTY.has(entry.name));
  }
  makeFolder(join(to, 'pg_wal/archive_status'));
  makeFolder(join(to, 'pg_wal/summaries'));
}

async function copyEntry(entry: Dirent, from: string, to: string, empty: boolean): Promise<void> {
  const [source, target] = [join(from, entry.name), join(to, entry.name)];
  if (entry.isDirectory()) {
    makeFolder(target);
    if (empty) return;
    for (const inner of readdirSync(source, { withFileTypes: true })) {
      if (!LEFT_OUT.test(inner.name)) await copyEntry(inner, source, target, false);
    }
  } else if (entry.isFile()) {
    await copyFile(source, target, constants.COPYFILE_FICLONE).then(
      () => giveAway(target),
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      },
    );
  }
}

function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  giveAway(path);
}

function giveAway(path: string): void {
  if (SERVANT !== undefined) chownSync(path, SERVANT, SERVANT);
}
