import {
  ENTRY_POINTS,
  type Exit,
  type NodeProcess,
  type ServiceName,
  spawnNode,
  terminate,
} from './child-process.ts';
import { type LogRecord, parseLogLine } from './log-record.ts';
import { patient } from './patience.ts';
import { waitUntil } from './wait-until.ts';

const READY_DEADLINE_MS = patient(30_000);
const KEPT_LOG_RECORDS = 10_000;
/** All that a service inherits: its configuration comes from the caller alone, so a shell's variables change nothing. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'NODE_EXTRA_CA_CERTS'];

/** Connectable addresses (host:port) from the service's "ready" line; `data` only on the fast path. */
export interface Listen {
  http: string;
  metrics: string;
  grpc: string;
  data: string[];
}

/** One service as a process of its own, started the way production starts it. */
export interface ServiceProcess extends AsyncDisposable {
  readonly name: ServiceName;
  readonly pid: number;
  readonly listen: Listen;
  /** What it wrote, all its lives included, oldest first. */
  readonly logs: LogRecord[];
  /** Resolves with how the process of this life ended. */
  readonly exited: Promise<Exit>;
  /** SIGTERM and wait; SIGKILL after 10 s. */
  stop(): Promise<Exit>;
  /** SIGKILL and wait. */
  kill(): Promise<Exit>;
  /** Starts it again on the same ports and waits until it serves; stops it first when it runs. */
  restart(env?: Record<string, string>): Promise<void>;
  /** Resolves with the first record of any life that the predicate accepts. */
  waitForLog(predicate: (record: LogRecord) => boolean, deadlineMs?: number): Promise<LogRecord>;
}

/** Starts a service with exactly this configuration and waits for its "ready" line; fails with its last lines. */
export async function startService(
  name: ServiceName,
  env: Record<string, string>,
  readyWithinMs = READY_DEADLINE_MS,
): Promise<ServiceProcess> {
  const logs: LogRecord[] = [];
  let life = await begin(name, env, logs, readyWithinMs);
  const service: ServiceProcess = {
    name,
    get pid() {
      return life.process.pid;
    },
    get listen() {
      return life.listen;
    },
    get exited() {
      return life.process.exited;
    },
    logs,
    stop: () => terminate(life.process),
    async kill() {
      life.process.child.kill('SIGKILL');
      return life.process.exited;
    },
    async restart(change = {}) {
      await terminate(life.process);
      life = await begin(name, { ...env, ...portsOf(name, life.listen), ...change }, logs, readyWithinMs);
    },
    waitForLog: (predicate, deadlineMs) =>
      waitUntil(`a log line of ${name}`, () => logs.find(predicate), { deadlineMs }),
    async [Symbol.asyncDispose]() {
      await terminate(life.process);
    },
  };
  return service;
}

interface Life {
  process: NodeProcess;
  listen: Listen;
}

async function begin(
  name: ServiceName,
  env: Record<string, string>,
  logs: LogRecord[],
  readyWithinMs: number,
): Promise<Life> {
  const ready = Promise.withResolvers<Listen>();
  const life: LogRecord[] = [];
  const process_ = spawnNode(ENTRY_POINTS[name], { ...inherited(), ...env }, (line) => {
    const record = parseLogLine(line);
    life.push(record);
    logs.push(record);
    if (logs.length > KEPT_LOG_RECORDS) logs.shift();
    if (record.msg === 'ready' && record.fields.listen) ready.resolve(record.fields.listen as Listen);
  });
  const tail = () =>
    life
      .slice(-20)
      .map((record) => record.line)
      .join('\n');
  const timer = setTimeout(() => {
    ready.reject(new Error(`${name} was not ready within ${readyWithinMs} ms:\n${tail()}`));
  }, readyWithinMs);
  process_.exited.then(({ code, signal }) => {
    ready.reject(
      new Error(`${name} ended (${signal ?? `exit code ${code}`}) before it was ready:\n${tail()}`),
    );
  });
  try {
    return { process: process_, listen: await ready.promise };
  } catch (error) {
    await terminate(process_, 0);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function inherited(): Record<string, string> {
  const values = INHERITED.map((key) => [key, process.env[key]] as const);
  return Object.fromEntries(
    values.filter((entry): entry is readonly [string, string] => entry[1] !== undefined),
  );
}

/** The environment that makes a restarted service listen where its clients expect it. */
function portsOf(name: ServiceName, listen: Listen): Record<string, string> {
  const port = (address: string) => address.slice(address.lastIndexOf(':') + 1);
  if (name === 'fastpath') {
    return {
      HTTP_PORT: port(listen.http),
      GRPC_PORT: port(listen.grpc),
      DATA_PORT: port(listen.data[0]!),
    };
  }
  return { PORT: port(listen.http), METRICS_PORT: port(listen.metrics) };
}
