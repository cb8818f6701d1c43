// Real database servers for development, tests and benchmarks: each in a folder of its own, on 127.0.0.1, with a
// password of its own, gone when the process that started it is gone.
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SERVANT } from './child.ts';
import { type DatabaseServer, serve } from './database-server.ts';
import type { Place, ServerKind, ServerType } from './kind.ts';
import { mariadb } from './mariadb.ts';
import { mysql } from './mysql.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';

export type { DatabaseServer } from './database-server.ts';
export type { ServerType } from './kind.ts';

const KINDS: Record<ServerType, ServerKind> = { postgres, mysql, mariadb, redis };
export const SERVER_TYPES = Object.keys(KINDS) as ServerType[];

export interface ServerOptions {
  type: ServerType;
  /** Made when missing. What a server left there is used again, with the password that is kept there. */
  directory: string;
  /** A free one by default. */
  port?: number | undefined;
  /** False: nothing waits for the disk. Safe from SIGKILL, not from a power cut. */
  durable?: boolean;
  /** For the server: `['-c', 'work_mem=1MB']` (postgres), `['--innodb-…=…']` (mysql, mariadb), `['--maxmemory', '1mb']`. */
  arguments?: string[];
}

/** The port a server of this type has when nobody says otherwise. */
export function defaultPort(type: ServerType): number {
  return KINDS[type].defaultPort;
}

/** What this machine lacks for a server of this type, and how to get it; undefined when it can be started. */
export async function missingServer(type: ServerType): Promise<string | undefined> {
  const problem = await KINDS[type].missing();
  return problem && `${type} cannot be started: ${problem}`;
}

/** Starts a server and waits until it serves. Rejects with the end of the server's log, or with how to install it. */
export async function startDatabaseServer(options: ServerOptions): Promise<DatabaseServer> {
  const kind = KINDS[options.type];
  const problem = await missingServer(options.type);
  if (problem) throw new Error(problem);
  const directory = makeDirectory(kind, options.directory);
  const data = join(directory, 'data');
  const place = {
    directory,
    data,
    port: options.port,
    password: readPassword(kind, directory, existsSync(data)),
    durable: options.durable ?? true,
    arguments: options.arguments ?? [],
  };
  if (!existsSync(data)) await initialize(kind, place);
  return serve(kind, place);
}

function makeDirectory(kind: ServerKind, path: string): string {
  const directory = resolve(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (kind.servant && SERVANT !== undefined) chownSync(directory, SERVANT, SERVANT);
  rmSync(join(directory, 'server.log'), { force: true });
  return directory;
}

/** Half of it, when we are killed here, must not look like a whole. */
async function initialize(kind: ServerKind, place: Omit<Place, 'port'>): Promise<void> {
  const unfinished = `${place.data}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  await kind.initialize({ ...place, data: unfinished });
  renameSync(unfinished, place.data);
}

function readPassword(kind: ServerKind, directory: string, hasData: boolean): string {
  const file = join(directory, 'password');
  if (!existsSync(file)) {
    if (hasData)
      throw new Error(`${file} is missing: nobody can log in to the ${kind.type} server in that folder`);
    writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
    if (kind.servant && SERVANT !== undefined) chownSync(file, SERVANT, SERVANT);
  }
  return readFileSync(file, 'utf8').trim();
}
