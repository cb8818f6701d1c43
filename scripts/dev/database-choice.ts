import { join, resolve } from 'node:path';
import { defaultPort, type ServerType } from '../databases/server.ts';
import { inRepository } from '../repository.ts';
import { DevProblem } from './problem.ts';

export type DatabaseType = Exclude<ServerType, 'redis'>;

/** Where the data of `make dev` is: in a file, on a server of its own, or on one that the developer named. */
export type DatabaseChoice =
  | { kind: 'file'; file: string }
  | { kind: 'own'; type: DatabaseType; directory: string; port: number | undefined }
  | { kind: 'configured'; type: DatabaseType; host: string; port: number; name: string }
  /** The API will say what is wrong with it. */
  | { kind: 'unknown' };

export const DATABASE_NAMES = { postgres: 'PostgreSQL', mysql: 'MySQL', mariadb: 'MariaDB' };

/** As the API takes them, whose source the scripts do not import; tests/integration/database-settings.test.ts compares. */
export const ALIASES: Record<string, DatabaseType | 'sqlite'> = {
  sqlite: 'sqlite',
  sqlite3: 'sqlite',
  file: 'sqlite',
  postgres: 'postgres',
  postgresql: 'postgres',
  pg: 'postgres',
  mysql: 'mysql',
  mysql2: 'mysql',
  mariadb: 'mariadb',
};
/** They say something about a server, but not which. */
const NEED_A_SERVER = ['DB_NAME', 'DB_USER', 'DB_PASS', 'DB_TLS', 'DB_TLS_CA', 'DB_REPLICA_URL'];

/**
 * What DB_TYPE, DB_HOST and DATABASE_URL ask for; `given` has no empty variables.
 * @throws DevProblem when half of a server is described, or its port is none.
 */
export function chooseDatabase(given: NodeJS.ProcessEnv, directory: string): DatabaseChoice {
  const url = given.DATABASE_URL;
  if (url !== undefined) return fromUrl(url);
  const type = ALIASES[(given.DB_TYPE ?? 'sqlite').toLowerCase()];
  if (type === undefined) return { kind: 'unknown' };
  // A relative file belongs to the folder in which the API runs: the top of the repository.
  if (type === 'sqlite') return file(given.DB_NAME ?? join(directory, 'tripod.sqlite'));
  const port = readPort(given.DB_PORT);
  if (given.DB_HOST !== undefined) {
    const name = given.DB_NAME ?? 'tripod';
    return { kind: 'configured', type, host: given.DB_HOST, port: port ?? defaultPort(type), name };
  }
  const half = NEED_A_SERVER.find((variable) => given[variable] !== undefined);
  if (half) {
    throw new DevProblem(
      `${half} is set, but no server: set DB_HOST (or DATABASE_URL) to use yours, or unset ${half} and get one of your own.`,
    );
  }
  return { kind: 'own', type, directory: join(directory, type), port };
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new DevProblem(`DB_PORT=${text} is not a port: use a number from 1 to 65535.`);
}

function fromUrl(url: string): DatabaseChoice {
  const path = /^(?:sqlite3?|file):(?:\/\/)?(.+)$/i.exec(url)?.[1];
  if (path !== undefined) return file(path);
  if (!URL.canParse(url)) return { kind: 'unknown' };
  const { protocol, hostname, port, pathname } = new URL(url);
  const type = ALIASES[protocol.slice(0, -1).toLowerCase()];
  if (type === undefined || type === 'sqlite') return { kind: 'unknown' };
  return {
    kind: 'configured',
    type,
    host: decodeURIComponent(hostname).replace(/^\[|\]$/g, '') || 'localhost',
    port: port === '' ? defaultPort(type) : Number(port),
    name: decodeURIComponent(pathname.slice(1)) || 'tripod',
  };
}

function file(path: string): DatabaseChoice {
  return { kind: 'file', file: resolve(inRepository(''), path) };
}
