const DB_TYPES = ['sqlite', 'postgres', 'mysql', 'mariadb'] as const;
export type DbType = (typeof DB_TYPES)[number];

export type DatabaseConfig = Readonly<{ poolSize: number; maxRetries: number; retryDelayMs: number }> &
  (
    | Readonly<{ type: 'sqlite'; file: string }>
    | Readonly<{
        type: Exclude<DbType, 'sqlite'>;
        host: string;
        port: number;
        name: string;
        user: string | undefined;
        password: string | undefined;
      }>
  );

interface DatabaseEnv {
  APP_ENV: string;
  DB_TYPE?: string | undefined;
  DB_HOST?: string | undefined;
  DB_PORT?: number | undefined;
  DB_NAME?: string | undefined;
  DB_USER?: string | undefined;
  DB_PASS?: string | undefined;
  DATABASE_URL?: string | undefined;
  DB_POOL_SIZE: number;
  DB_MAX_RETRIES: number;
  DB_RETRY_DELAY_MS: number;
}

/** As people write them, in DB_TYPE and as the scheme of DATABASE_URL. */
const ALIASES: Readonly<Record<string, DbType>> = {
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
  const url = env.DATABASE_URL === undefined ? undefined : parseUrl(env.DATABASE_URL, problems);
  const byDefault = env.APP_ENV === 'production' ? undefined : 'sqlite';
  const written = env.DB_TYPE ?? url?.scheme ?? byDefault;
  if (written === undefined) {
    problems.push('DB_TYPE: is required in production (sqlite, postgres, mysql or mariadb)');
    return undefined;
  }
  const type = ALIASES[written.toLowerCase()];
  if (type === undefined) {
    problems.push(
      `${env.DB_TYPE ? 'DB_TYPE' : 'DATABASE_URL'}: "${written}" is none of ${DB_TYPES.join(', ')}`,
    );
    return undefined;
  }
  if (url && ALIASES[url.scheme] !== type) {
    problems.push(`DB_TYPE: "${written}" contradicts the ${url.scheme} of DATABASE_URL`);
    return undefined;
  }
  const pool = {
    poolSize: env.DB_POOL_SIZE,
    maxRetries: env.DB_MAX_RETRIES,
    retryDelayMs: env.DB_RETRY_DELAY_MS,
  };
  if (type === 'sqlite') return { type, file: url?.name ?? env.DB_NAME ?? 'data/tripod.sqlite', ...pool };
  return {
    type,
    host: url?.host ?? env.DB_HOST ?? 'localhost',
    port: url?.port ?? env.DB_PORT ?? DEFAULT_PORTS[type],
    name: url?.name ?? env.DB_NAME ?? 'tripod',
    user: url?.user ?? env.DB_USER,
    password: url?.password ?? env.DB_PASS,
    ...pool,
  };
}

interface ParsedUrl {
  scheme: string;
  host?: string | undefined;
  port?: number | undefined;
  name?: string | undefined;
  user?: string | undefined;
  password?: string | undefined;
}

function parseUrl(text: string, problems: string[]): ParsedUrl | undefined {
  // sqlite:data/x.sqlite, sqlite://data/x.sqlite (relative) and sqlite:///var/x.sqlite (absolute).
  const file = /^(sqlite3?|file):(?:\/\/)?(.+)$/i.exec(text);
  if (file) return { scheme: file[1]!.toLowerCase(), name: file[2]! };
  if (!URL.canParse(text)) {
    problems.push('DATABASE_URL: is not a URL (a password with special characters must be percent-encoded)');
    return undefined;
  }
  const url = new URL(text);
  const part = (value: string) => (value === '' ? undefined : decodeURIComponent(value));
  return {
    scheme: url.protocol.slice(0, -1).toLowerCase(),
    host: part(url.hostname.replace(/^\[|\]$/g, '')),
    port: url.port === '' ? undefined : Number(url.port),
    name: part(url.pathname.slice(1)),
    user: part(url.username),
    password: part(url.password),
  };
}
