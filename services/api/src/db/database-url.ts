/** require = encrypted, whoever answers; verify = with the certificate and its host name checked. */
export type TlsMode = 'off' | 'require' | 'verify';

/** What a URL says of a database; what it does not say is absent. */
export interface ParsedUrl {
  scheme: string;
  host?: string | undefined;
  port?: number | undefined;
  name?: string | undefined;
  user?: string | undefined;
  password?: string | undefined;
  tls?: TlsMode | undefined;
  caFile?: string | undefined;
}

/** The modes of libpq, MySQL and MariaDB in lower case, with - for _. */
const TLS_MODES: Readonly<Record<string, TlsMode>> = {
  disable: 'off',
  disabled: 'off',
  require: 'require',
  required: 'require',
  trust: 'require',
  // We always look at the host name too: stricter than verify-ca says, and never less.
  'verify-ca': 'verify',
  'verify-full': 'verify',
  'verify-identity': 'verify',
};

const TLS_PARAMETERS = ['sslmode', 'ssl-mode'];
const CA_PARAMETERS = ['sslrootcert', 'ssl-ca'];

/** Reads `text`, the value of `variable`; adds what is wrong to `problems`, and never the text: it has a password. */
export function parseDatabaseUrl(variable: string, text: string, problems: string[]): ParsedUrl | undefined {
  // sqlite:data/x.sqlite, sqlite://data/x.sqlite (relative) and sqlite:///var/x.sqlite (absolute).
  const file = /^(sqlite3?|file):(?:\/\/)?(.+)$/i.exec(text);
  if (file) return { scheme: file[1]!.toLowerCase(), name: file[2]! };
  if (!URL.canParse(text)) {
    problems.push(`${variable}: is not a URL (a password with special characters must be percent-encoded)`);
    return undefined;
  }
  const url = new URL(text);
  try {
    const part = (value: string) => (value === '' ? undefined : decodeURIComponent(value));
    return {
      scheme: url.protocol.slice(0, -1).toLowerCase(),
      host: part(url.hostname.replace(/^\[|\]$/g, '')),
      port: url.port === '' ? undefined : Number(url.port),
      name: part(url.pathname.slice(1)),
      user: part(url.username),
      password: part(url.password),
      ...parameters(variable, url.searchParams, problems),
    };
  } catch {
    problems.push(`${variable}: has a % that encodes nothing (write % as %25)`);
    return undefined;
  }
}

/** An unknown parameter may be the one that somebody's security hangs on: it is refused, not ignored. */
function parameters(
  variable: string,
  given: URLSearchParams,
  problems: string[],
): Pick<ParsedUrl, 'tls' | 'caFile'> {
  const result: Pick<ParsedUrl, 'tls' | 'caFile'> = {};
  for (const [name, value] of given) {
    if (TLS_PARAMETERS.includes(name)) {
      result.tls = TLS_MODES[value.toLowerCase().replaceAll('_', '-')];
      if (!result.tls) problems.push(`${variable}: ${name} must be ${modesFor(name)}`);
    } else if (CA_PARAMETERS.includes(name)) result.caFile = value;
    else {
      const known = [...TLS_PARAMETERS, ...CA_PARAMETERS].join(', ');
      problems.push(`${variable}: unknown parameter ${name} (known: ${known})`);
    }
  }
  return result;
}

function modesFor(name: string): string {
  return name === 'sslmode'
    ? 'disable, require, verify-ca or verify-full'
    : 'DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY';
}
