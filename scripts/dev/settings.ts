import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import type { ServiceName } from '../processes/child-process.ts';
import { repositoryRoot } from '../repository.ts';
import { chooseDatabase, type DatabaseChoice } from './database-choice.ts';
import { DevProblem } from './problem.ts';

/** Every port of `make dev`, by the variable that changes it. */
const PORTS = {
  WEBUI_PORT: 3000,
  WEBUI_METRICS_PORT: 3001,
  API_PORT: 5000,
  API_METRICS_PORT: 5001,
  FASTPATH_HTTP_PORT: 8080,
  FASTPATH_GRPC_PORT: 50_051,
  DATA_PORT: 7000,
};

export type PortVariable = keyof typeof PORTS;

export interface DevSettings {
  host: string;
  /** Data of the development machine: the SQLite file, or a folder for each server that make dev started. */
  directory: string;
  database: DatabaseChoice;
  ports: Record<PortVariable, number>;
  dataTargets: string[];
  traffic: boolean;
  verbose: boolean;
  admin: { email: string; password: string };
  env: Record<ServiceName, NodeJS.ProcessEnv>;
}

/** @throws DevProblem on a port that is none, or that two variables share. */
export function readSettings(environment: NodeJS.ProcessEnv): DevSettings {
  // An empty variable counts as unset, as in the services.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const ports = readPorts(given);
  const host = given.HOST ?? '127.0.0.1';
  const directory = resolve(repositoryRoot, given.DEV_DIR ?? '.dev');
  const database = chooseDatabase(given, directory);
  const loopbacks = hasIpv6Loopback() ? ['127.0.0.1', '::1'] : ['127.0.0.1'];
  const admin = {
    email: given.ADMIN_EMAIL ?? 'admin@example.com',
    password: given.ADMIN_PASSWORD ?? 'admin',
  };
  return {
    host,
    directory,
    database,
    ports,
    dataTargets: loopbacks.map(
      (address) => `${address.includes(':') ? `[${address}]` : address}:${ports.DATA_PORT}`,
    ),
    traffic: given.DEV_TRAFFIC !== 'off',
    verbose: given.DEV_LOGS === 'verbose',
    admin,
    env: serviceEnvironments(environment, given, { ports, host, database, admin, loopbacks }),
  };
}

function readPorts(given: NodeJS.ProcessEnv): Record<PortVariable, number> {
  const ports = { ...PORTS };
  const owner = new Map<number, string>();
  for (const variable of Object.keys(PORTS) as PortVariable[]) {
    const port = Number(given[variable] ?? PORTS[variable]);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new DevProblem(`${variable}=${given[variable]} is not a port: use a number from 1 to 65535.`);
    }
    // The data plane is UDP: it may share its number with a TCP port.
    const other = variable === 'DATA_PORT' ? undefined : owner.get(port);
    if (other) throw new DevProblem(`${other} and ${variable} are both ${port}: change one of them.`);
    if (variable !== 'DATA_PORT') owner.set(port, variable);
    ports[variable] = port;
  }
  return ports;
}

function serviceEnvironments(
  environment: NodeJS.ProcessEnv,
  given: NodeJS.ProcessEnv,
  settings: Pick<DevSettings, 'ports' | 'host' | 'database' | 'admin'> & { loopbacks: string[] },
): Record<ServiceName, NodeJS.ProcessEnv> {
  const { ports, host, database, admin, loopbacks } = settings;
  // Weaker than the developer's own environment, which is passed on whole.
  const defaults = {
    APP_ENV: 'development',
    SHUTDOWN_DELAY_MS: '0',
    JWT_KEYS: 'dev:development-only-signing-key-never-deploy',
    FASTPATH_SECRET: 'development-only-service-secret-never-deploy',
    FASTPATH_ADDRESS: `127.0.0.1:${ports.FASTPATH_GRPC_PORT}`,
    API_URL: `http://${reachable(host)}:${ports.API_PORT}`,
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    // With DATABASE_URL its scheme is the type.
    ...(given.DATABASE_URL === undefined && { DB_TYPE: 'sqlite' }),
    ...(given.DATABASE_URL === undefined && database.kind === 'file' && { DB_NAME: database.file }),
    ...(given.HOST === undefined && { DATA_HOST: loopbacks.join(',') }),
  };
  const base = { ...defaults, ...given, HOST: host };
  // FASTPATH_ADDRESS= (empty) means something of its own: run without the fast path.
  if (environment.FASTPATH_ADDRESS === '') base.FASTPATH_ADDRESS = '';
  return {
    api: { ...base, PORT: String(ports.API_PORT), METRICS_PORT: String(ports.API_METRICS_PORT) },
    fastpath: {
      ...base,
      HTTP_PORT: String(ports.FASTPATH_HTTP_PORT),
      GRPC_PORT: String(ports.FASTPATH_GRPC_PORT),
      DATA_PORT: String(ports.DATA_PORT),
    },
    webui: { ...base, PORT: String(ports.WEBUI_PORT), METRICS_PORT: String(ports.WEBUI_METRICS_PORT) },
  };
}

/** The address to connect to when a server listens on `host`. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function hasIpv6Loopback(): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === '::1'));
}
