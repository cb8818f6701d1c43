// The paths that there are to be: what docs/deploy.md says, and nothing else.
import { databaseOf, type Rendering } from '../rendering.ts';
import {
  DNS,
  databasePort,
  type End,
  INGRESS_NAMESPACES,
  NODE,
  OUTSIDE_DATABASE,
  OUTSIDE_REDIS,
  outsideRedisPort,
} from './ends.ts';

const DATABASE_PORTS = { postgres: 5432, mysql: 3306, mariadb: 3306 };
/** Ports of the fast path by name; the charts let one change them. */
const FASTPATH_PORTS: Record<string, number> = { grpc: 50_051, http: 8080, data: 7000 };

/** "webui > api 5000/TCP", for the pods that are there. */
export function wantedPaths(rendering: Rendering, pods: readonly End[]): Set<string> {
  const { components, bases } = rendering;
  const paths = [
    ...INGRESS_NAMESPACES.map((name) => `a pod in ${name} > webui 3000/TCP`),
    'webui > api 5000/TCP',
    ...fastpathPaths(rendering, pods),
    ...storePaths(rendering),
    ...(components.has('monitoring') ? monitoringPaths(rendering, pods) : []),
    ...testPaths(rendering, pods),
    ...pods.flatMap(({ name }) =>
      DNS.flatMap((dns) => ['UDP', 'TCP'].map((each) => `${name} > ${dns} 53/${each}`)),
    ),
  ];
  return new Set(paths.filter((path) => bases.has('fastpath') || !/\bfastpath\b/.test(path)));
}

/** The data plane is for everybody. */
export function dataPlane(pods: readonly End[]): string {
  return `fastpath ${fastpathPort(pods, 'data')}/UDP`;
}

function fastpathPort(pods: readonly End[], name: string): number {
  const ports = pods.find((pod) => pod.name === 'fastpath')?.ports ?? [];
  return ports.find((port) => port.name === name)?.containerPort ?? FASTPATH_PORTS[name]!;
}

function storePaths(rendering: Rendering): string[] {
  const { components } = rendering;
  const database = databaseOf(rendering);
  const store = database
    ? `${database} ${DATABASE_PORTS[database]}`
    : `${OUTSIDE_DATABASE} ${databasePort(rendering)}`;
  const outside = outsideRedisPort(rendering);
  return [
    `api > ${store}/TCP`,
    ...(components.has('no-migration') ? [] : [`api-migrate > ${store}/TCP`]),
    ...(components.has('redis') ? ['api > redis 6379/TCP'] : []),
    ...(outside ? [`api > ${OUTSIDE_REDIS} ${outside}/TCP`] : []),
  ];
}

/** On the network of a node it is an address of nodes, and no policy protects it. */
function fastpathPaths({ components }: Rendering, pods: readonly End[]): string[] {
  return [
    `api > ${components.has('xdp-host-network') ? NODE : 'fastpath'} ${fastpathPort(pods, 'grpc')}/TCP`,
  ];
}

function monitoringPaths({ components }: Rendering, pods: readonly End[]): string[] {
  const fastpath = `fastpath ${fastpathPort(pods, 'http')}`;
  const asked = ['webui 3001', 'api 5001', ...(components.has('xdp-host-network') ? [] : [fastpath])];
  return asked.map((each) => `a pod in monitoring > ${each}/TCP`);
}

/** `helm test`: each asks its own service. */
function testPaths({ components }: Rendering, pods: readonly End[]): string[] {
  const fastpath = components.has('xdp-host-network') ? NODE : 'fastpath';
  const asked: Record<string, string[]> = {
    'api-test': ['api 5000'],
    'webui-test': ['webui 3000'],
    'fastpath-test': ['grpc', 'http'].map((name) => `${fastpath} ${fastpathPort(pods, name)}`),
  };
  return pods.flatMap(({ name }) => (asked[name] ?? []).map((each) => `${name} > ${each}/TCP`));
}
