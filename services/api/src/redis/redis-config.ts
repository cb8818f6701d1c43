/** Where Redis is; parsed once, so that nobody has the URL with its password at hand to log. */
export interface RedisConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Number of the logical database. */
  readonly database: number;
}

/** redis://user:pass@host:port/0, or rediss:// for TLS; undefined for anything else. */
export function parseRedisUrl(text: string): RedisConfig | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const database = url.pathname.slice(1);
  const known = url.protocol === 'redis:' || url.protocol === 'rediss:';
  if (!known || url.hostname === '' || url.search !== '' || !/^\d{0,3}$/.test(database)) return undefined;
  try {
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? 6379 : Number(url.port),
      tls: url.protocol === 'rediss:',
      username: part(url.username),
      password: part(url.password),
      database: Number(database),
    };
  } catch {
    return undefined; // a lone % in the password
  }
}

function part(value: string): string | undefined {
  return value === '' ? undefined : decodeURIComponent(value);
}
