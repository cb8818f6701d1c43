// The table of what runs: a service that joins is added here, in network/paths.ts with whom it talks to, and in
// environment/left-at-default.ts with the variables that nobody sets.

export interface Facts {
  /** Label app.kubernetes.io/component. */
  component: string;
  /** UID and GID. Volumes keep them: one that changes cannot read its files any more. */
  user?: number;
  /** What V8 may take for its heap, in percent of the memory limit. */
  heapPercent?: number;
  /** A server of ours: which variable says at which port it listens, by the name of the port. */
  listens?: Record<string, string>;
  /** Port of its Service that the documents tell to forward, and the name of that of the pod. */
  forward?: [port: number, target: string];
}

/** By label app.kubernetes.io/name. */
export const FACTS: Record<string, Facts> = {
  api: {
    component: 'api',
    user: 10_001,
    heapPercent: 75,
    listens: { http: 'PORT', metrics: 'METRICS_PORT' },
    forward: [5000, 'http'],
  },
  webui: {
    component: 'webui',
    user: 10_002,
    heapPercent: 75,
    listens: { http: 'PORT', metrics: 'METRICS_PORT' },
    forward: [80, 'http'],
  },
  // Packet buffers, flow tables and rules live outside of the heap.
  fastpath: {
    component: 'fastpath',
    user: 10_003,
    heapPercent: 50,
    listens: { http: 'HTTP_PORT', grpc: 'GRPC_PORT', data: 'DATA_PORT' },
  },
  'api-migrate': { component: 'migration', user: 10_001, heapPercent: 75 },
  postgres: { component: 'database', user: 10_004 },
  mysql: { component: 'database', user: 10_005 },
  mariadb: { component: 'database', user: 10_006 },
  redis: { component: 'cache', user: 10_007 },
  monitoring: { component: 'monitoring' },
  // `helm test`
  'api-test': { component: 'test', user: 10_008 },
  'webui-test': { component: 'test', user: 10_008 },
  'fastpath-test': { component: 'test', user: 10_008 },
};

/** The services that are written here; databases and Redis are the programs of others. */
export const OUR_SERVICES: readonly string[] = Object.keys(FACTS).filter((name) => FACTS[name]!.listens);

/** The service whose code is in an image of ours, "registry.example.com/tripod-api:1". */
export function serviceOfImage(image: string): string | undefined {
  return OUR_SERVICES.find((name) => new RegExp(`(^|/)tripod-${name}([:@]|$)`).test(image));
}
