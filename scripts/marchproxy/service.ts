// What MarchProxy takes as a service. A few lines of checks: a library of schemas would be one more dependency here.

export interface ProxyService {
  name: string;
  ip_fqdn: string;
  port: number;
  protocol: string;
  collection: string | null;
  auth_type: string;
  tls_enabled: boolean;
  tls_verify: boolean;
  health_check_enabled: boolean;
  health_check_path: string | null;
  health_check_interval: number;
}

/** What it assumes for a field that is left out. All are sent: then the file alone says what a service is. */
const DEFAULTS = {
  collection: null,
  auth_type: 'none',
  tls_enabled: false,
  tls_verify: true,
  health_check_enabled: false,
  health_check_path: null,
  health_check_interval: 30,
};

type Check = (value: unknown) => string | undefined;

const text =
  (longest: number): Check =>
  (value) =>
    typeof value === 'string' && value.length >= 1 && value.length <= longest
      ? undefined
      : `must be a text of 1 to ${longest} characters`;
const integer =
  (least: number, most: number): Check =>
  (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}`;
const oneOf =
  (...known: string[]): Check =>
  (value) =>
    known.includes(value as string) ? undefined : `must be one of ${known.join(', ')}`;
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null ? undefined : check(value);

const CHECKS: Record<keyof ProxyService, Check> = {
  name: text(100),
  ip_fqdn: text(255),
  port: integer(1, 65_535),
  protocol: (value) =>
    value === 'grpc' ? 'MarchProxy knows no grpc: use tcp' : oneOf('tcp', 'udp', 'http', 'https')(value),
  collection: orNull(text(100)),
  auth_type: oneOf('none', 'base64', 'jwt'),
  tls_enabled: flag,
  tls_verify: flag,
  health_check_enabled: flag,
  health_check_path: orNull((value) => (/^\//.test(String(value)) ? undefined : 'must begin with /')),
  health_check_interval: integer(5, 86_400),
};

/** The services in the text of a file, and all that is wrong with it, one line each. */
export function parseServices(json: string): { services: ProxyService[]; problems: string[] } {
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch (error) {
    return { services: [], problems: [`is no JSON: ${(error as Error).message}`] };
  }
  if (!Array.isArray(given) || given.length === 0)
    return { services: [], problems: ['must be a list of services'] };
  const services = given.map((one) => ({ ...DEFAULTS, ...(one as object) }) as ProxyService);
  const problems = services.flatMap((service, i) =>
    problemsOf(service, `${i + 1}. ${service.name ?? 'service'}`),
  );
  const names = services.map(({ name }) => name);
  for (const name of new Set(names.filter((one, i) => names.indexOf(one) !== i))) {
    problems.push(`${name}: there are two of this name`);
  }
  if (services.some(is('base64')) && services.some(is('jwt'))) {
    problems.push('auth_type: base64 and jwt cannot be mixed in one cluster of MarchProxy');
  }
  return { services, problems };
}

function is(type: string) {
  return ({ auth_type }: ProxyService) => auth_type === type;
}

function problemsOf(service: ProxyService, title: string): string[] {
  const unknown = Object.keys(service).filter((field) => !(field in CHECKS));
  const fields = Object.keys(CHECKS) as (keyof ProxyService)[];
  const found = fields.flatMap((field) => {
    const problem = service[field] === undefined ? 'is missing' : CHECKS[field](service[field]);
    return problem ? [`${field} ${problem}`] : [];
  });
  const { protocol, health_check_enabled: checked, health_check_path: path } = service;
  const http = protocol === 'http' || protocol === 'https';
  if (checked && http && !path) found.push('health_check_path is missing');
  if (path && !http) found.push(`health_check_path means nothing with ${protocol}`);
  return [...found, ...unknown.map((field) => `${field} is no field of a service`)].map(
    (one) => `${title}: ${one}`,
  );
}
