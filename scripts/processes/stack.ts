import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceName } from './child-process.ts';
import { migrate } from './migrate.ts';
import { patient } from './patience.ts';
import { type ServiceProcess, startService } from './service-process.ts';
import { buildWebui } from './webui-build.ts';

export interface StackOptions {
  /** How many of each; 1 when left out. Zero fast paths = the API runs without one; `webui: 0` saves the build. */
  apis?: number;
  fastpaths?: number;
  webui?: 0 | 1;
  /** Added to (and stronger than) what the stack gives each service. */
  env?: Partial<Record<ServiceName, Record<string, string>>>;
}

/** All of Tripod on free ports of 127.0.0.1, as production runs it, with a migrated SQLite file of its own. */
export interface Stack extends AsyncDisposable {
  api: ServiceProcess;
  apis: ServiceProcess[];
  fastpath: ServiceProcess;
  fastpaths: ServiceProcess[];
  webui: ServiceProcess;
  /** Where a browser or a client goes: http://host:port without a trailing slash. */
  apiUrl: string;
  webuiUrl: string;
  admin: { email: string; password: string };
  jwtKeys: string;
  fastpathSecret: string;
  /** The folder with the database, removed by stop(). */
  directory: string;
  /** What each service was started with. */
  env: Record<ServiceName, Record<string, string>>;
  stop(): Promise<void>;
}

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const directory = mkdtempSync(join(tmpdir(), 'tripod-'));
  const started: ServiceProcess[] = [];
  const start = async (name: ServiceName, env: Record<string, string>) => {
    const service = await startService(name, env);
    started.push(service);
    return service;
  };
  const stop = async () => {
    // The reverse of the order of starting: nobody loses what it depends on.
    for (const service of started.toReversed()) await service.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const stack = await startAll(directory, options, start);
    return { ...stack, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAll(
  directory: string,
  { apis = 1, fastpaths = 1, webui = 1, env: extra = {} }: StackOptions,
  start: (name: ServiceName, env: Record<string, string>) => Promise<ServiceProcess>,
): Promise<Omit<Stack, 'stop' | typeof Symbol.asyncDispose>> {
  const secrets = { jwtKeys: `test:${secret()}`, fastpathSecret: secret() };
  const admin = { email: 'admin@example.com', password: `stack-${secret().slice(0, 16)}` };
  const env = baseEnvironment(directory, admin, secrets, extra);
  if (webui > 0) await buildWebui();

  const guards = await Promise.all(Array.from({ length: fastpaths }, () => start('fastpath', env.fastpath)));
  env.api.FASTPATH_ADDRESS ??= guards.map((guard) => guard.listen.grpc).join(',');
  await migrate({ ...process.env, ...env.api });
  // One after the other: the first one makes the admin.
  const brains: ServiceProcess[] = [];
  for (let i = 0; i < apis; i++) brains.push(await start('api', env.api));
  if (brains[0]) env.webui.API_URL ??= `http://${brains[0].listen.http}`;
  const front = webui > 0 ? await start('webui', env.webui) : absent('webui');

  return {
    api: brains[0] ?? absent('api'),
    apis: brains,
    fastpath: guards[0] ?? absent('fastpath'),
    fastpaths: guards,
    webui: front,
    apiUrl: brains[0] ? `http://${brains[0].listen.http}` : '',
    webuiUrl: webui > 0 ? `http://${front.listen.http}` : '',
    admin,
    ...secrets,
    directory,
    env,
  };
}

function baseEnvironment(
  directory: string,
  admin: Stack['admin'],
  secrets: Pick<Stack, 'jwtKeys' | 'fastpathSecret'>,
  extra: NonNullable<StackOptions['env']>,
): Record<ServiceName, Record<string, string>> {
  const common = { APP_ENV: 'test', HOST: '127.0.0.1', LOG_LEVEL: 'info', SHUTDOWN_DELAY_MS: '0' };
  return {
    api: {
      ...common,
      PORT: '0',
      METRICS_PORT: '0',
      DB_TYPE: 'sqlite',
      DB_NAME: join(directory, 'tripod.sqlite'),
      JWT_KEYS: secrets.jwtKeys,
      FASTPATH_SECRET: secrets.fastpathSecret,
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      BCRYPT_COST: '10',
      // A client of the tests signs in once; where they take ten times as long, its token lives as long.
      ACCESS_TOKEN_TTL_S: `${patient(900)}`,
      // Tests send load; the limit has its own test.
      RATE_LIMIT_PER_MINUTE: '0',
      ...extra.api,
    },
    fastpath: {
      ...common,
      HTTP_PORT: '0',
      GRPC_PORT: '0',
      DATA_PORT: '0',
      FASTPATH_MODE: 'udp',
      FASTPATH_SECRET: secrets.fastpathSecret,
      ...extra.fastpath,
    },
    webui: { ...common, PORT: '0', METRICS_PORT: '0', ...extra.webui },
  };
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** A part that was not asked for: any use of it says so. */
function absent(name: ServiceName): ServiceProcess {
  return new Proxy({} as ServiceProcess, {
    get: () => {
      throw new Error(`this stack was started without ${name}`);
    },
  });
}
