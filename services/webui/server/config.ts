import { isIP } from 'node:net';
import { z } from 'zod';

const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal'];

/** An address, a CIDR or one of Express' range names. /0 would trust everybody, so it is no range here. */
function isAddressRange(value: string): boolean {
  if (NAMED_RANGES.includes(value)) return true;
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (family === 4 ? 32 : 128);
}

function isOrigin(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false;
  return url.username === '' && url.password === '' && url.pathname === '/' && !/[?#]/.test(value);
}

const port = z.coerce.number('must be a number').int().min(0).max(65_535);

/** The environment of the WebUI. Every value is a string there; this is the one place that reads them. */
export const envSchema = z.object({
  APP_ENV: z
    .enum(['development', 'alpha', 'test', 'production'])
    .default('production')
    .describe('Where this runs. development compiles the app on the fly (Vite); all others serve dist/.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Smallest level that is logged.'),
  HOST: z.string().min(1).default('0.0.0.0').describe('Address to listen on.'),
  PORT: port.default(3000).describe('Port of the web app and the /api proxy; 0 takes any free port.'),
  METRICS_PORT: port
    .default(3001)
    .describe('Port of /metrics, kept off the public one; 0 takes any free port.'),
  API_URL: z
    .string()
    .refine(isOrigin, 'must be http(s)://host[:port] without path, query or credentials')
    .default('http://api:5000')
    .describe('Origin of the API. /api/* is proxied there and nowhere else.'),
  TRUST_PROXY: z
    .string()
    .default('')
    .transform((list) => list.split(',').map((range) => range.trim()))
    .transform((ranges) => ranges.filter((range) => range !== ''))
    .refine(
      (ranges) => ranges.every(isAddressRange),
      'must be a comma list of addresses, CIDRs (never /0), loopback, linklocal, uniquelocal',
    )
    .describe(
      'Proxies in front whose X-Forwarded-* headers are believed (comma list of addresses, CIDRs, loopback, ' +
        'linklocal, uniquelocal). Empty: such headers are dropped.',
    ),
  SHUTDOWN_DELAY_MS: z.coerce
    .number('must be a number of milliseconds')
    .int()
    .min(0)
    .max(60_000)
    .default(5_000)
    .describe('Wait between failing readiness and refusing connections, so that load balancers notice (ms).'),
});

export type Config = Readonly<z.output<typeof envSchema>>;

/** A start that cannot succeed until somebody acts; the message says how and is all that is logged. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * Reads and checks the environment; an empty value counts as unset.
 * @throws StartError that lists every problem by variable name.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = envSchema.safeParse(present);
  if (result.success) return Object.freeze(result.data);
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new StartError(`The configuration is not valid. ${problems.join('; ')}`);
}
