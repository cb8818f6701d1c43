import { randomBytes } from 'node:crypto';
import type { DatabaseServer } from '../databases/database-server.ts';
import { freePort } from '../databases/free-port.ts';
import type { ServiceName } from '../processes/child-process.ts';
import type { ServiceProcess } from '../processes/service-process.ts';
import type { Stack } from '../processes/stack.ts';
import { RESTRICTED, type Run, runContainer, startContainer } from './container.ts';
import type { Store } from './store.ts';

export interface ContainerStack extends Stack {
  /** One more of a service, on ports of its own. */
  start(name: ServiceName, change?: Record<string, string>): Promise<ServiceProcess>;
}

/** How long a service stays reachable after it stopped being ready; the manifests say more. */
const SHUTDOWN_DELAY_MS = '2000';

/** All of Tripod as restricted containers on this machine's network, with a migrated PostgreSQL beside them. */
export async function startContainerStack(
  store: Store,
  images: Record<ServiceName, string>,
  database: DatabaseServer,
): Promise<ContainerStack> {
  const secrets = { jwtKeys: `test:${secret()}`, fastpathSecret: secret() };
  const admin = { email: 'admin@example.com', password: `stack-${secret().slice(0, 16)}` };
  const env = environment(database, secrets, admin);
  const started: ServiceProcess[] = [];
  const start = async (name: ServiceName, change: Record<string, string> = {}) => {
    const run = restricted(images[name], { ...env[name], ...(await ports(name)), ...change });
    const service = await startContainer(store.engine, name, run);
    started.push(service);
    return service;
  };
  const stop = async () => {
    await Promise.all(started.map((service) => service.stop()));
  };
  const fastpath = await start('fastpath');
  env.api.FASTPATH_ADDRESS = fastpath.listen.grpc;
  const api = await start('api');
  env.webui.API_URL = `http://${api.listen.http}`;
  const webui = await start('webui');
  return {
    ...{ api, apis: [api], fastpath, fastpaths: [fastpath], webui, admin, ...secrets, env, start, stop },
    apiUrl: `http://${api.listen.http}`,
    webuiUrl: `http://${webui.listen.http}`,
    directory: store.folder,
    [Symbol.asyncDispose]: stop,
  };
}

/** Runs the migrations with the image of the API, as the Job does; answers what they logged. */
export async function migrateInContainer(
  store: Store,
  image: string,
  database: DatabaseServer,
): Promise<string[]> {
  const env = { APP_ENV: 'test', LOG_LEVEL: 'info', DATABASE_URL: database.url() };
  const run = { ...restricted(image, env), command: ['node', 'src/migrate.ts'] };
  const { exited, logs } = runContainer(store.engine, run);
  const { code } = await exited;
  const lines = logs.map(({ line }) => line);
  if (code !== 0) throw new Error(`exit code ${code}\n${lines.join('\n')}`);
  return lines;
}

/** A container as the restricted pods have it, on the network of this machine. */
export function restricted(image: string, env: Record<string, string>): Run {
  return { image, env, options: [...RESTRICTED, '--network=host'] };
}

function environment(
  database: DatabaseServer,
  { jwtKeys, fastpathSecret }: Pick<Stack, 'jwtKeys' | 'fastpathSecret'>,
  admin: Stack['admin'],
): Record<ServiceName, Record<string, string>> {
  const common = { APP_ENV: 'test', HOST: '127.0.0.1', LOG_LEVEL: 'info', SHUTDOWN_DELAY_MS };
  return {
    api: {
      ...common,
      DATABASE_URL: database.url(),
      JWT_KEYS: jwtKeys,
      FASTPATH_SECRET: fastpathSecret,
      ADMIN_EMAIL: admin.email,
      ADMIN_PASSWORD: admin.password,
      BCRYPT_COST: '10',
      // The tests send load from one address.
      RATE_LIMIT_PER_MINUTE: '0',
    },
    fastpath: { ...common, FASTPATH_MODE: 'udp', FASTPATH_SECRET: fastpathSecret, DATA_PORT: '0' },
    webui: common,
  };
}

/** A container restarted on a port of the kernel's choice would be found by nobody. */
async function ports(name: ServiceName): Promise<Record<string, string>> {
  const names = name === 'fastpath' ? ['HTTP_PORT', 'GRPC_PORT'] : ['PORT', 'METRICS_PORT'];
  const entries = await Promise.all(
    names.map(async (variable) => [variable, `${await freePort()}`] as const),
  );
  return Object.fromEntries(entries);
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
