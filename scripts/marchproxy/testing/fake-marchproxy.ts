// MarchProxy's API for services, as strict as its schema: login by username, 422 with what was sent, unique names over
// all clusters, services that are switched off but keep their names, secrets that only rotate-token makes.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KnownService } from '../client.ts';

export const USER = { username: 'importer', password: 'correct horse battery' };
const TOKEN = 'token-of-the-importer';
const CLUSTERS = [1, 2];

type Body = Record<string, unknown>;
type Rule = (value: unknown) => boolean;
type Stored = KnownService & { jwt_secret: string | null };

const text =
  (most: number, least = 1): Rule =>
  (v) =>
    typeof v === 'string' && v.length >= least && v.length <= most;
const int =
  (least: number, most = Infinity): Rule =>
  (v) =>
    Number.isInteger(v) && Number(v) >= least && Number(v) <= most;
const nullable =
  (rule: Rule): Rule =>
  (v) =>
    v === null || rule(v);
const one =
  (...all: string[]): Rule =>
  (v) =>
    all.includes(v as string);
const bool: Rule = (v) => typeof v === 'boolean';

const CHANGE: Record<string, Rule> = {
  name: text(100),
  ip_fqdn: text(255),
  port: int(1, 65_535),
  protocol: one('tcp', 'udp', 'http', 'https'),
  collection: nullable(text(100)),
  auth_type: one('none', 'base64', 'jwt'),
  tls_enabled: bool,
  tls_verify: bool,
  health_check_enabled: bool,
  health_check_path: nullable(text(255, 0)),
  health_check_interval: int(5),
};
const CREATE = { ...CHANGE, cluster_id: int(1) };
const LOGIN = { username: text(128, 3), password: text(1000, 8) };

class Refusal extends Error {
  readonly status: number;
  readonly detail: unknown;
  constructor(status: number, detail: unknown) {
    super();
    [this.status, this.detail] = [status, detail];
  }
}

export interface FakeMarchProxy extends AsyncDisposable {
  url: string;
  services: Stored[];
  /** What changed something: `POST /services`, … */
  changes: string[];
  twoFactor: boolean;
}

export async function startFakeMarchProxy(): Promise<FakeMarchProxy> {
  const fake = { services: [] as Stored[], changes: [] as string[], twoFactor: false };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, 'http://fake');
    const [status, reply] = await answer(fake, request, url).catch((error) => {
      if (error instanceof Refusal) return [error.status, { detail: error.detail }] as const;
      return [500, { detail: String(error) }] as const;
    });
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dispose = async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(fake, { url, [Symbol.asyncDispose]: dispose });
}

async function answer(
  fake: Omit<FakeMarchProxy, 'url' | typeof Symbol.asyncDispose>,
  request: IncomingMessage,
  { pathname, searchParams }: URL,
): Promise<readonly [number, unknown]> {
  const body = await read(request);
  const path = pathname.replace(/^\/api\/v1/, '');
  const route = `${request.method} ${path.replace(/\d+/, 'ID')}`;
  if (route === 'POST /auth/login') return login(body, fake.twoFactor);
  if (request.headers.authorization !== `Bearer ${TOKEN}`)
    throw new Refusal(401, 'Could not validate credentials');
  if (route === 'GET /services') return list(fake.services, searchParams);
  const service = fake.services.find(({ id }) => id === Number(path.split('/')[2]));
  if (route.includes('ID') && !service) throw new Refusal(404, 'Service not found or access denied');
  fake.changes.push(`${request.method} ${path}`);
  if (route === 'POST /services') return create(fake.services, body);
  if (route === 'PATCH /services/ID') {
    validate({ ...CHANGE, is_active: bool }, body, []);
    return [200, Object.assign(service!, body)];
  }
  if (route === 'POST /services/ID/rotate-token') {
    validate({ auth_type: one('base64', 'jwt') }, body, ['auth_type']);
    Object.assign(service!, body, { jwt_secret: 'made-by-rotation' });
    return [200, { service_id: service!.id, new_jwt_secret: 'made-by-rotation' }];
  }
  throw new Refusal(404, 'Not Found');
}

function login(body: Body, twoFactor: boolean): readonly [number, unknown] {
  validate(LOGIN, body, ['username', 'password']);
  if (body.username !== USER.username || body.password !== USER.password) {
    throw new Refusal(401, 'Incorrect username or password');
  }
  return [200, { user_id: 1, requires_2fa: twoFactor, access_token: twoFactor ? null : TOKEN }];
}

function list(services: Stored[], query: URLSearchParams): readonly [number, unknown] {
  const [skip, limit] = [Number(query.get('skip') ?? 0), Number(query.get('limit') ?? 100)];
  if (limit > 1_000) throw new Refusal(422, [{ loc: ['query', 'limit'], msg: 'too large', input: limit }]);
  const found =
    query.get('active_only') === 'false' ? services : services.filter(({ is_active }) => is_active);
  return [200, { total: found.length, services: found.slice(skip, skip + limit) }];
}

function create(services: Stored[], body: Body): readonly [number, unknown] {
  validate(CREATE, body, ['name', 'ip_fqdn', 'port', 'cluster_id']);
  if (!CLUSTERS.includes(body.cluster_id as number)) throw new Refusal(404, 'Cluster not found');
  if (services.some(({ name }) => name === body.name)) {
    throw new Refusal(400, `Service with name '${body.name}' already exists`);
  }
  const made = { ...body, id: services.length + 1, is_active: true, jwt_secret: null } as unknown as Stored;
  services.push(made);
  return [201, made];
}

function validate(rules: Record<string, Rule>, body: Body, required: string[]): void {
  const missing = required
    .filter((field) => !(field in body))
    .map((field) => ({ field, msg: 'Field required' }));
  const wrong = Object.keys(body)
    .filter((field) => !rules[field]?.(body[field]))
    .map((field) => ({ field, msg: 'Input is not valid' }));
  const problems = [...missing, ...wrong];
  if (problems.length === 0) return;
  // As the real one does: the message repeats all that was sent.
  throw new Refusal(
    422,
    problems.map(({ field, msg }) => ({ loc: ['body', field], msg, input: body })),
  );
}

async function read(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Body);
}
