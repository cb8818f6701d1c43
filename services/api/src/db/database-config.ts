import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ParsedUrl, parseDatabaseUrl, type TlsMode } from './database-url.ts';

const DB_TYPES = ['sqlite', 'postgres', 'mysql', 'mariadb'] as const;
export type DbType = (typeof DB_TYPES)[number];

/** How to reach one server. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly tls: TlsMode;
  /** PEM of the CA to check against; undefined = those of Node. */
  readonly ca: string | undefined;
}

interface DatabaseLimits {
  readonly poolSize: number;
  readonly maxRetries: number;
  readonly retryDelayMs: number;
  readonly statementTimeoutMs: number;
  readonly acquireTimeoutMs: number;
}

export type SqliteConfig = DatabaseLimits & { readonly type: 'sqlite'; readonly file: string };
export type ServerConfig = DatabaseLimits &
  ServerAddress & { readonly type: Exclude<DbType, 'sqlite'>; readonly replica: ServerAddress | null };
export type DatabaseConfig = SqliteConfig | ServerConfig;

interface DatabaseEnv {
  APP_ENV: string;
  DB_TYPE?: string | undefined;
  DB_HOST?: string | undefined;
  DB_PORT?: number | undefined;
  DB_NAME?: string | undefined;
  DB_USER?: string | undefined;
  DB_PASS?: string | undefined;
  DATABASE_URL?: string | undefined;
  DB_TLS?: TlsMode | undefined;
  DB_TLS_CA?: string | undefined;
  DB_REPLICA_URL?: string | undefined;
  DB_POOL_SIZE: number;
  DB_MAX_RETRIES: number;
  DB_RETRY_DELAY_MS: number;
  DB_STATEMENT_TIMEOUT_MS: number;
  DB_ACQUIRE_TIMEOUT_MS: number;
}

/** As people write them, in DB_TYPE and as the scheme of a URL. */
export const ALIASES: Readonly<Record<string, DbType>> = {
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

const DEFAULT_PORTS = { postgres: 5432, mysql: 3306, mariadb: 3306 } as const;

/** Settles DB_* and DATABASE_URL into one description; adds what is wrong to `problems`. */
export function parseDatabase(env: DatabaseEnv, problems: string[]): DatabaseConfig | undefined {
  const url = env.DATABASE_URL ? parseDatabaseUrl('DATABASE_URL', env.DATABASE_URL, problems) : undefined;
  const type = settleType(env, url, problems);
  if (type === undefined) return undefined;
  const limits: DatabaseLimits = {
    poolSize: env.DB_POOL_SIZE,
    maxRetries: env.DB_MAX_RETRIES,
    retryDelayMs: env.DB_RETRY_DELAY_MS,
    statementTimeoutMs: env.DB_STATEMENT_TIMEOUT_MS,
    acquireTimeoutMs: env.DB_ACQUIRE_TIMEOUT_MS,
  };
  if (env.DB_REPLICA_URL !== undefined && type !== 'postgres')
    problems.push(`DB_REPLICA_URL: a read replica is supported for postgres only, not for ${type}`);
  if (type === 'sqlite') {
    if (env.DB_TLS && env.DB_TLS !== 'off')
      problems.push('DB_TLS: sqlite is a file, there is nothing to encrypt');
    return { type, file: url?.name ?? env.DB_NAME ?? 'data/tripod.sqlite', ...limits };
  }
  const address = settleAddress(env, url, DEFAULT_PORTS[type], problems);
  // The driver would compare the certificate with "localhost".
  if (type !== 'postgres' && address.tls === 'verify' && isIP(address.host))
    problems.push(`DB_TLS: verify needs a host name for ${type}, not an address`);
  return { type, ...address, ...limits, replica: replica(env, address, problems) };
}

function settleType(env: DatabaseEnv, url: ParsedUrl | undefined, problems: string[]): DbType | undefined {
  const byDefault = env.APP_ENV === 'production' ? undefined : 'sqlite';
  const written = env.DB_TYPE ?? url?.scheme ?? byDefault;
  if (written === undefined) {
    problems.push('DB_TYPE: is required in production (sqlite, postgres, mysql or mariadb)');
    return undefined;
  }
  const type = ALIASES[written.toLowerCase()];
  if (type === undefined) {
    const variable = env.DB_TYPE ? 'DB_TYPE' : 'DATABASE_URL';
    problems.push(`${variable}: "${written}" is none of ${DB_TYPES.join(', ')}`);
    return undefined;
  }
  if (url && ALIASES[url.scheme] !== type) {
    problems.push(`DB_TYPE: "${written}" contradicts the ${url.scheme} of DATABASE_URL`);
    return undefined;
  }
  return type;
}

function settleAddress(
  env: DatabaseEnv,
  url: ParsedUrl | undefined,
  defaultPort: number,
  problems: string[],
): ServerAddress {
  if (url?.tls && env.DB_TLS && url.tls !== env.DB_TLS)
    problems.push(`DB_TLS: "${env.DB_TLS}" contradicts what DATABASE_URL says of TLS`);
  const caFile = url?.caFile ?? env.DB_TLS_CA;
  const host = url?.host ?? env.DB_HOST ?? 'localhost';
  return {
    host,
    port: url?.port ?? env.DB_PORT ?? defaultPort,
    name: url?.name ?? env.DB_NAME ?? 'tripod',
    user: url?.user ?? env.DB_USER,
    password: url?.password ?? env.DB_PASS,
    ...settleTls(url?.tls ?? env.DB_TLS, caFile, url?.caFile ? 'DATABASE_URL' : 'DB_TLS_CA', problems),
  };
}

/** A CA without a mode means that somebody wants the certificate checked. */
function settleTls(
  mode: TlsMode | undefined,
  caFile: string | undefined,
  variable: string,
  problems: string[],
): Pick<ServerAddress, 'tls' | 'ca'> {
  const tls = mode ?? (caFile ? 'verify' : 'off');
  if (!caFile) return { tls, ca: undefined };
  if (tls !== 'verify') {
    // libpq would check the certificate then; whoever names a CA must not get less without knowing.
    problems.push(
      `${variable}: a CA is named, but TLS is "${tls}" and would not look at it: verify, or name none`,
    );
    return { tls, ca: undefined };
  }
  try {
    return { tls, ca: readFileSync(caFile, 'utf8') };
  } catch (error) {
    problems.push(
      `${variable}: the CA file ${caFile} cannot be read (${(error as NodeJS.ErrnoException).code})`,
    );
    return { tls, ca: undefined };
  }
}

/** What the URL of the replica leaves out is as it is for the primary. */
function replica(env: DatabaseEnv, primary: ServerAddress, problems: string[]): ServerAddress | null {
  if (env.DB_REPLICA_URL === undefined) return null;
  const url = parseDatabaseUrl('DB_REPLICA_URL', env.DB_REPLICA_URL, problems);
  if (!url) return null;
  if (ALIASES[url.scheme] !== 'postgres') {
    problems.push('DB_REPLICA_URL: must begin with postgres://');
    return null;
  }
  const own = url.tls !== undefined || url.caFile !== undefined;
  // The CA of the primary, where the URL asks for a check and names none.
  const caFile = url.caFile ?? (url.tls === 'verify' ? env.DB_TLS_CA : undefined);
  const tls = own ? settleTls(url.tls, caFile, 'DB_REPLICA_URL', problems) : primary;
  return {
    host: url.host ?? primary.host,
    port: url.port ?? DEFAULT_PORTS.postgres,
    name: url.name ?? primary.name,
    user: url.user ?? primary.user,
    password: url.password ?? primary.password,
    tls: tls.tls,
    ca: tls.ca,
  };
}
