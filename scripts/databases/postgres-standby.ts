// A standby that follows a primary by streaming replication, made without pg_basebackup, which the package of the
// binaries has not: as "Making a base backup using the low level API" of PostgreSQL's documentation says.
import { appendFileSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { waitUntil } from '../processes/wait-until.ts';
import { SERVANT } from './child.ts';
import { copyRunningData } from './copy-data.ts';
import { type DatabaseServer, serve } from './database-server.ts';
import { postgres } from './postgres.ts';
import { withPostgres } from './postgres-client.ts';

export interface PostgresStandby extends DatabaseServer {
  /** Its application_name and replication slot, as synchronous_standby_names and pg_stat_replication know it. */
  readonly name: string;
  /** Makes a primary of it; resolves when it takes writes. */
  promote(): Promise<void>;
  /** What the primary commits is received, but not seen here, until resumeReplay(). */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
  /** Resolves when it shows all that the primary had committed before the call. */
  caughtUp(): Promise<void>;
}

export interface StandbyOptions {
  /** Letters, digits, underscores. */
  name?: string;
  port?: number;
  durable?: boolean;
  /** As the primary's: a standby must allow as many connections as its primary. */
  arguments?: string[];
}

/** Copies the running primary, starts the copy as its standby and waits until it streams. */
export async function startStandby(
  primary: DatabaseServer,
  directory: string,
  { name = 'standby', port, durable = false, arguments: more = [] }: StandbyOptions = {},
): Promise<PostgresStandby> {
  const folder = resolve(directory);
  const data = join(folder, 'data');
  if (existsSync(data)) throw new Error(`${data} exists: a standby is made anew`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (SERVANT !== undefined) chownSync(folder, SERVANT, SERVANT);
  await backUp(primary, data, name);
  writeForServant(join(folder, 'password'), `${primary.password}\n`);
  follow(primary, folder, data, name);
  const place = { directory: folder, data, port, password: primary.password, durable, arguments: more };
  const server = await serve(postgres, place);
  try {
    await waitUntil('the standby to stream', () => isStreaming(primary, name));
  } catch (error) {
    await server.kill();
    throw error;
  }
  return Object.assign(server, {
    name,
    promote: () => run(server, 'select pg_promote(true, 60)'),
    pauseReplay: () => pauseReplay(server),
    resumeReplay: () => run(server, 'select pg_wal_replay_resume()'),
    caughtUp: () => caughtUp(primary, server),
  });
}

/** The slot keeps the log from here on, until the standby has fetched it. */
async function backUp(primary: DatabaseServer, data: string, name: string): Promise<void> {
  await withPostgres(primary, async (client) => {
    await client.query('select pg_create_physical_replication_slot($1, true)', [name]);
    await client.query('select pg_backup_start($1, true)', [name]);
    await copyRunningData(join(primary.directory, 'data'), data);
    const { rows } = await client.query('select labelfile from pg_backup_stop(false)');
    writeForServant(join(data, 'backup_label'), rows[0].labelfile);
  });
}

/** The password goes into a file: a setting can be read by every administrator. */
function follow(primary: DatabaseServer, folder: string, data: string, name: string): void {
  const passfile = join(folder, 'pgpass');
  writeForServant(passfile, `*:*:*:${primary.user}:${primary.password}\n`);
  const source = `host=127.0.0.1 port=${primary.port} user=${primary.user} application_name=${name} passfile=''${passfile}''`;
  appendFileSync(
    join(data, 'postgresql.auto.conf'),
    `primary_conninfo = '${source}'\nprimary_slot_name = '${name}'\n`,
  );
  writeForServant(join(data, 'standby.signal'), '');
}

function writeForServant(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  if (SERVANT !== undefined) chownSync(file, SERVANT, SERVANT);
}

async function isStreaming(primary: DatabaseServer, name: string): Promise<boolean> {
  const { rowCount } = await withPostgres(primary, (client) =>
    client.query("select from pg_stat_replication where application_name = $1 and state = 'streaming'", [
      name,
    ]),
  );
  return rowCount === 1;
}

async function run(server: DatabaseServer, sql: string): Promise<void> {
  await withPostgres(server, (client) => client.query(sql));
}

/** The request is met between two records of the log. */
async function pauseReplay(standby: DatabaseServer): Promise<void> {
  await withPostgres(standby, async (client) => {
    await client.query('select pg_wal_replay_pause()');
    await waitUntil('the standby to pause', async () => {
      const { rows } = await client.query('select pg_get_wal_replay_pause_state() as state');
      return rows[0].state === 'paused';
    });
  });
}

async function caughtUp(primary: DatabaseServer, standby: DatabaseServer): Promise<void> {
  const { rows } = await withPostgres(primary, (client) =>
    client.query('select pg_current_wal_lsn() as lsn'),
  );
  await withPostgres(standby, (client) =>
    waitUntil('the standby to catch up', async () => {
      const answer = await client.query('select pg_last_wal_replay_lsn() >= $1::pg_lsn as done', [
        rows[0].lsn,
      ]);
      return answer.rows[0].done;
    }),
  );
}
