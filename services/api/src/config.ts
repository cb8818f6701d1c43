import { z } from 'zod';
import { placeholders } from './config-placeholders.ts';
import { isProxyRange } from './config-proxies.ts';
import { type DatabaseConfig, parseDatabase } from './db/database-config.ts';
import { parseRedisUrl } from './redis/redis-config.ts';

const int = (min: number, max: number, byDefault: number) =>
  z.coerce.number().int().min(min).max(max).default(byDefault);
const port = (byDefault: number) => int(0, 65535, byDefault);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean),
);

const jwtKeys = z
  .string()
  .transform((text) =>
    text.split(',').map((pair) => {
      const colon = pair.indexOf(':');
      return { kid: pair.slice(0, Math.max(colon, 0)).trim(), secret: pair.slice(colon + 1).trim() };
    }),
  )
  .refine((keys) => keys.every(({ kid }) => /^[\w.-]+$/.test(kid)), 'write kid:secret,kid2:secret2')
  .refine(
    (keys) => keys.every(({ secret }) => secret.length >= 32),
    'every secret needs 32 characters or more',
  )
  .refine((keys) => new Set(keys.map(({ kid }) => kid)).size === keys.length, 'every kid must be unique');

/** The environment of the API: the only place where it is declared, and the source of config/env/api.env.example. */
export const envSchema = z.object({
  APP_ENV: z
    .enum(['development', 'alpha', 'test', 'production'])
    .default('production')
    .describe('Where this runs. Production, the default, refuses placeholder secrets and seed credentials.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .describe('Least level logged.'),
  HOST: z.string().default('0.0.0.0').describe('Address to listen on.'),
  PORT: port(5000).describe('REST API. 0 = any free port.'),
  METRICS_PORT: port(5001).describe('Prometheus metrics, not for the outside. 0 = any free port.'),
  TRUST_PROXY: list
    .transform((proxies) => (proxies.includes('none') ? [] : proxies))
    .refine(
      (proxies) => proxies.every(isProxyRange),
      'must be a comma list of addresses, CIDRs (never /0), loopback, linklocal, uniquelocal, or none',
    )
    .default(['loopback', 'uniquelocal'])
    .describe(
      'Proxies whose X-Forwarded-For is believed: names and CIDRs of express "trust proxy", comma separated; ' +
        'none = nobody, the socket says who the client is.',
    ),
  SHUTDOWN_DELAY_MS: int(0, 60_000, 5000).describe(
    'Time between failing readiness and closing the listener, so that load balancers look away first.',
  ),

  DB_TYPE: z.string().optional().describe('sqlite, postgres, mysql or mariadb. Needed in production.'),
  DB_HOST: z.string().optional().describe('Database server. Default localhost. Not for sqlite.'),
  DB_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('Default 5432 (postgres), 3306 (mysql, mariadb).'),
  DB_NAME: z
    .string()
    .optional()
    .describe('Database; for sqlite the file. Default tripod; data/tripod.sqlite for sqlite.'),
  DB_USER: z.string().optional().describe('Database user.'),
  DB_PASS: z.string().optional().meta({ secret: true }).describe('Database password.'),
  DATABASE_URL: z
    .string()
    .optional()
    .meta({ secret: true })
    .describe(
      'Instead of the DB_ variables: postgres://user:pass@host:port/name, mysql://…, mariadb://…, sqlite:file.',
    ),
  DB_POOL_SIZE: int(1, 1000, 10).describe('Most connections of one process. SQLite always uses one.'),
  DB_TLS: z
    .enum(['off', 'require', 'verify'])
    .optional()
    .describe(
      'off; require = encrypt, whoever answers; verify = also check the certificate and its host name. Default off, ' +
        'or what DATABASE_URL says (?sslmode=, ?ssl-mode=). Not for sqlite.',
    ),
  DB_TLS_CA: z
    .string()
    .optional()
    .describe('PEM file of the CA that signed the certificate of the database. Empty = the CAs of Node.'),
  DB_REPLICA_URL: z
    .string()
    .optional()
    .meta({ secret: true })
    .describe('Read replica of the database, postgres only: postgres://user:pass@host:port/name.'),
  DB_STATEMENT_TIMEOUT_MS: int(100, 600_000, 15_000).describe('A statement that runs longer is cancelled.'),
  DB_ACQUIRE_TIMEOUT_MS: int(50, 60_000, 5000).describe(
    'How long a request waits for a free connection before it is answered with 503.',
  ),
  DB_MAX_RETRIES: int(0, 1000, 10).describe(
    'How often the first connection is retried before the start fails.',
  ),
  DB_RETRY_DELAY_MS: int(1, 60_000, 500).describe('First pause between these; doubles up to 15 s.'),

  JWT_KEYS: jwtKeys
    .meta({ secret: true })
    .describe(
      'kid:secret,kid2:secret2; 32 characters or more. The first signs, all verify. To rotate, add the new key last ' +
        'and roll out everywhere; then move it first and roll out; remove the old one after ACCESS_TOKEN_TTL_S.',
    ),
  JWT_ISSUER: z.string().default('tripod').describe('iss of access tokens.'),
  JWT_AUDIENCE: z.string().default('tripod-api').describe('aud of access tokens.'),
  ACCESS_TOKEN_TTL_S: int(10, 86_400, 900).describe('Life of an access token in seconds.'),
  REFRESH_TOKEN_TTL_S: int(60, 31_536_000, 604_800).describe(
    'A session that is not refreshed for so long ends. Seconds.',
  ),
  SESSION_TTL_S: int(60, 31_536_000, 2_592_000).describe(
    'A session ends after so long in any case. Seconds.',
  ),
  BCRYPT_COST: int(10, 16, 12).describe('Passwords are hashed again at the next login when this changes.'),
  AUTH_RATE_LIMIT: int(1, 100_000, 10).describe(
    'Failed logins per account and address in one window; 5 times that per account, 10 times per address.',
  ),
  AUTH_RATE_WINDOW_S: int(1, 86_400, 900).describe('That window in seconds.'),
  AUDIT_RETENTION_DAYS: int(0, 36_500, 365).describe(
    'Entries of the audit log are deleted when they are older than this. 0 = never.',
  ),
  ADMIN_EMAIL: z
    .string()
    .optional()
    .describe('First administrator, created at start when there is no user at all.'),
  ADMIN_PASSWORD: z
    .string()
    .optional()
    .meta({ secret: true })
    .describe('His first password. Remove both after the first start.'),

  FASTPATH_ADDRESS: list
    .default([])
    .describe(
      'host:port of the fast path, comma separated; each host is resolved to all its addresses. Empty = none.',
    ),
  FASTPATH_SECRET: z
    .string()
    .min(32, 'needs 32 characters or more')
    .optional()
    .meta({ secret: true })
    .describe('Signs service tokens; the same in the fast path. Needed with FASTPATH_ADDRESS.'),
  FASTPATH_TLS_CA: z
    .string()
    .optional()
    .describe('PEM file of the CA that signed the certificate of the fast path. Empty = plaintext.'),
  RECONCILE_INTERVAL_MS: int(100, 600_000, 2000).describe(
    'How often every fast path is compared with the database.',
  ),
  REDIS_URL: z
    .string()
    .transform((text, problem) => {
      const redis = parseRedisUrl(text);
      if (redis) return redis;
      problem.addIssue({
        code: 'custom',
        message:
          'must be redis://user:password@host:port/0, or rediss:// for TLS (a password percent-encoded)',
      });
      return z.NEVER;
    })
    .optional()
    .meta({ secret: true })
    .describe(
      'redis://user:password@host:port/0, rediss:// for TLS. Caches sessions and counts requests for all replicas ' +
        'together. Optional: without it, and whenever it does not answer, the database is asked.',
    ),
  RATE_LIMIT_PER_MINUTE: int(0, 10_000_000, 6000).describe(
    'Requests in a minute of one user, or of one address that is not signed in. 0 = no limit.',
  ),
});

const DATABASE = {
  DB_TYPE: true,
  DB_HOST: true,
  DB_PORT: true,
  DB_NAME: true,
  DB_USER: true,
  DB_PASS: true,
  DATABASE_URL: true,
  DB_POOL_SIZE: true,
  DB_TLS: true,
  DB_TLS_CA: true,
  DB_REPLICA_URL: true,
  DB_STATEMENT_TIMEOUT_MS: true,
  DB_ACQUIRE_TIMEOUT_MS: true,
  DB_MAX_RETRIES: true,
  DB_RETRY_DELAY_MS: true,
} as const;
const migratorSchema = envSchema.pick({ APP_ENV: true, LOG_LEVEL: true, ...DATABASE });

type Env = z.output<typeof envSchema>;
/** Settled into `database`, and gone from the configuration: some are secrets. */
type DatabaseVariable = keyof typeof DATABASE;

export interface Config extends Readonly<Omit<Env, DatabaseVariable>> {
  readonly database: DatabaseConfig;
}

export type MigratorConfig = Pick<Config, 'LOG_LEVEL' | 'database'>;

/** All that is wrong with the environment, one line per variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads and checks the environment; an empty variable counts as unset.
 * @throws ConfigError that names every bad variable at once.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const { values, problems } = parse(envSchema, { JWT_KEYS: [] }, env);
  const rest = withoutDatabase(values);
  const database = parseDatabase(values, problems);
  if (rest.FASTPATH_ADDRESS.length > 0 && !rest.FASTPATH_SECRET) {
    problems.push('FASTPATH_SECRET: needed with FASTPATH_ADDRESS');
  }
  problems.push(...placeholders(rest));
  if (!database || problems.length > 0) throw new ConfigError(problems.join('; '));
  return Object.freeze({ ...rest, database });
}

/**
 * The same for a migrator: it serves nobody, so it needs the database and no key.
 * @throws ConfigError that names every bad variable at once.
 */
export function readMigratorConfig(env: NodeJS.ProcessEnv = process.env): MigratorConfig {
  const { values, problems } = parse(migratorSchema, {}, env);
  const database = parseDatabase(values, problems);
  if (!database || problems.length > 0) throw new ConfigError(problems.join('; '));
  return Object.freeze({ LOG_LEVEL: values.LOG_LEVEL, database });
}

function withoutDatabase(env: Env): Omit<Env, DatabaseVariable> {
  const others = Object.entries(env).filter(([name]) => !(name in DATABASE));
  return Object.fromEntries(others) as Omit<Env, DatabaseVariable>;
}

/**
 * The variables of a schema. Those that are bad are named in `problems`, and are `missing` in the values: these are
 * for finding more problems only.
 */
function parse<S extends z.ZodObject>(
  schema: S,
  missing: Partial<z.output<S>>,
  env: NodeJS.ProcessEnv,
): { values: z.output<S>; problems: string[] } {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return { values: parsed.data, problems: [] };
  const fields = Object.entries(schema.shape as Record<string, z.ZodType>);
  const readable = fields
    .map(([name, field]) => [name, field.safeParse(given[name]).data] as const)
    .filter(([, value]) => value !== undefined);
  return {
    values: { ...missing, ...Object.fromEntries(readable) } as z.output<S>,
    problems: parsed.error.issues.map((issue) => line(issue, given)),
  };
}

function line(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const name = String(issue.path[0]);
  return `${name}: ${given[name] === undefined ? 'is required' : issue.message}`;
}
