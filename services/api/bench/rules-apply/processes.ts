import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, type TestProcess } from '../../src/testing/process.ts';

const SECRET = 'a-fastpath-secret-only-for-benches-0123456789';
const SLICES = 'longest slice';
const LOCAL = {
  HOST: '127.0.0.1',
  APP_ENV: 'test',
  LOG_LEVEL: 'info',
  SHUTDOWN_DELAY_MS: '0',
  NODE_OPTIONS: `--import ${new URL('longest-slice.ts', import.meta.url)}`,
};

/** What the event loop of a process did since it was last asked, in milliseconds. */
export interface Delays {
  /** Longest time between two turns by the clock, as /metrics tells it: what others waited. */
  maxMs: number;
  p99Ms: number;
  /** The same in processor time: what it did itself, without what the machine made it wait. */
  ownMs: number;
}

/** A service as a process of its own, on free ports of this machine. */
export interface Service {
  pid: number;
  /** Where it listens, as in its "ready" line. */
  listen: { http: string; metrics: string; grpc: string };
  delays(): Promise<Delays>;
  stop(): Promise<void>;
}

/** The real fast path on plain sockets. */
export function startFastPath(): Promise<Service> {
  const ports = { HTTP_PORT: '0', GRPC_PORT: '0', DATA_PORT: '0' };
  const env = { ...LOCAL, ...ports, FASTPATH_MODE: 'udp', FASTPATH_SECRET: SECRET };
  return start(run('../../fastpath/src/main.ts', env));
}

/** The real API on this database, linked to the fast path. */
export function startApi(database: Record<string, string>, fastpath: Service): Promise<Service> {
  const link = { FASTPATH_ADDRESS: fastpath.listen.grpc, FASTPATH_SECRET: SECRET };
  return start(run('main.ts', { ...database, ...LOCAL, ...link, ...ADMIN_ENV, RATE_LIMIT_PER_MINUTE: '0' }));
}

export const ADMIN = { email: 'admin@example.com', password: 'only-for-the-benchmark-4711' };
const ADMIN_ENV = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };

async function start(service: TestProcess): Promise<Service> {
  const ready = await service.said('ready');
  const listen = ready.listen as Service['listen'];
  return {
    pid: service.child.pid!,
    listen,
    delays: async () => ({
      ...(await readLag(listen.metrics ?? listen.http)),
      ownMs: await readLongestSlice(service),
    }),
    async stop() {
      if (service.child.exitCode !== null) return;
      service.child.kill('SIGTERM');
      await once(service.child, 'close');
    },
  };
}

/** prom-client's view of monitorEventLoopDelay: a timer every 10 ms, so 10 ms is what an idle process shows. */
async function readLag(origin: string): Promise<Omit<Delays, 'ownMs'>> {
  const text = await (await fetch(`http://${origin}/metrics`)).text();
  const seconds = (name: string) =>
    Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)`, 'm').exec(text)?.[1]);
  return { maxMs: seconds('max') * 1000, p99Ms: seconds('p99') * 1000 };
}

async function readLongestSlice({ child, lines }: TestProcess): Promise<number> {
  const answers = () => lines.filter(({ msg }) => msg === SLICES);
  const before = answers().length;
  child.kill('SIGUSR2');
  while (answers().length === before) await sleep(1);
  return Number(answers().at(-1)!.ms);
}
