import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join, relative } from 'node:path';
import { isFree } from '../databases/free-port.ts';
import { installDatabases } from '../databases/install.ts';
import { type DatabaseServer, defaultPort, startDatabaseServer } from '../databases/server.ts';
import { repositoryRoot } from '../repository.ts';
import { DATABASE_NAMES, type DatabaseChoice } from './database-choice.ts';
import { portOwner } from './port-owner.ts';
import { DevProblem } from './problem.ts';

const ANSWER_MS = 5_000;
const PORT_STEP = 10;
const LAST_PORT = 65_535;

type OwnDatabase = Extract<DatabaseChoice, { kind: 'own' }>;
type ConfiguredDatabase = Extract<DatabaseChoice, { kind: 'configured' }>;
type Say = (level: string, message: string) => void;

/**
 * Starts the server that the developer gets where he names none; its data outlives it.
 * @throws DevProblem when it cannot be had here.
 */
export async function startOwnDatabase(database: OwnDatabase, say: Say): Promise<DatabaseServer> {
  const { type, directory } = database;
  try {
    await installDatabases([type]);
    const port = await choosePort(database, say);
    if (!existsSync(join(directory, 'data'))) {
      say('info', `making a new ${DATABASE_NAMES[type]} server in ${shortPath(directory)}`);
    }
    return await startDatabaseServer({ type, directory, port });
  } catch (error) {
    throw new DevProblem(
      `${(error as Error).message}\nTo use a server that you have: DB_TYPE=${type} DB_HOST=… DB_USER=… DB_PASS=… make dev`,
      { cause: error },
    );
  }
}

/** What the API needs to use it. */
export function environmentOf({ host, port, user, password }: DatabaseServer): Record<string, string> {
  return { DB_HOST: host, DB_PORT: String(port), DB_NAME: 'tripod', DB_USER: user, DB_PASS: password };
}

/** @throws DevProblem when nobody answers there: the API would try again for a minute before it said so. */
export async function checkAnswers({ type, host, port }: ConfiguredDatabase): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER_MS) });
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    const why = name === 'AbortError' ? `no answer within ${ANSWER_MS / 1000} s` : (code ?? 'no answer');
    throw new DevProblem(
      `${DATABASE_NAMES[type]} at ${host}:${port} cannot be reached (${why}). Start it, or set DB_HOST and DB_PORT ` +
        '(or DATABASE_URL) to where it is. Without them make dev starts a server of its own.',
      { cause: error },
    );
  } finally {
    socket.destroy();
  }
}

/** For the banner: where the data is, and how to get at it. */
export function describeDatabase(choice: DatabaseChoice, own: DatabaseServer | undefined): string {
  switch (choice.kind) {
    case 'file':
      return `SQLite, ${shortPath(choice.file)}`;
    case 'own':
      return `${DATABASE_NAMES[choice.type]} on 127.0.0.1:${own?.port}, user tripod, password and data in ${shortPath(choice.directory)}`;
    case 'configured':
      return `${DATABASE_NAMES[choice.type]}, ${choice.name} on ${choice.host}:${choice.port}`;
    case 'unknown':
      return 'as configured';
  }
}

/** Relative where that is shorter: below the checkout. */
export function shortPath(path: string): string {
  const inside = relative(repositoryRoot, path);
  return inside.startsWith('..') ? path : inside;
}

/** The one that was asked for, or that everybody knows, or the next that is free and easy to remember. */
async function choosePort({ type, port: wanted }: OwnDatabase, say: Say): Promise<number> {
  const usual = wanted ?? defaultPort(type);
  if (await isFree(usual)) return usual;
  const owner = portOwner(usual, 'tcp');
  const taken = `port ${usual} is in use${owner ? ` by ${owner}` : ''}`;
  if (wanted !== undefined) throw new Error(`${taken}. Stop it, or choose another port with DB_PORT.`);
  for (let port = usual + PORT_STEP; port <= LAST_PORT; port += PORT_STEP) {
    if (!(await isFree(port))) continue;
    say('info', `${taken}: ${DATABASE_NAMES[type]} listens on ${port}`);
    return port;
  }
  throw new Error('no port is free');
}
