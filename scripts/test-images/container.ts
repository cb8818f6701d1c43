import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Engine, output } from '../images/engine.ts';
import type { Exit, ServiceName } from '../processes/child-process.ts';
import { type LogRecord, parseLogLine } from '../processes/log-record.ts';
import { patient } from '../processes/patience.ts';
import type { Listen, ServiceProcess } from '../processes/service-process.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { OWNED } from './store.ts';

const READY_DEADLINE_MS = patient(60_000);
/** What Kubernetes waits before it kills: terminationGracePeriodSeconds of the manifests. */
export const GRACE_PERIOD_MS = 30_000;

/** As the pods run it: nothing can be written but /tmp, no capability, no way to get one. */
export const RESTRICTED = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--tmpfs=/tmp:rw,nosuid,nodev,size=64m',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
];

export interface Run {
  image: string;
  env: Record<string, string>;
  /** For the engine, e.g. the network. */
  options: readonly string[];
  /** Instead of the image's own. */
  command?: readonly string[];
}

export interface Container {
  pid: number;
  exited: Promise<Exit>;
  logs: LogRecord[];
  signal(name: NodeJS.Signals): void;
}

let containers = 0;

/** Starts a container, gone when it ends. */
export function runContainer(
  engine: Engine,
  { image, env, options, command = [] }: Run,
  logs: LogRecord[] = [],
): Container {
  const name = `tripod-${process.pid}-${++containers}`;
  const variables = Object.entries(env).map(([key, value]) => `--env=${key}=${value}`);
  const own = [
    'run',
    '--rm',
    '--pull=never',
    `--name=${name}`,
    OWNED,
    ...options,
    ...variables,
    image,
    ...command,
  ];
  const [program, ...before] = engine.command;
  // In a group of its own: a Ctrl-C in the terminal is for us.
  const child = spawn(program, [...before, ...own], {
    env: { ...process.env, ...engine.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  if (child.pid === undefined) throw new Error(`cannot start ${program}`);
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => logs.push(parseLogLine(line)));
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    pid: child.pid,
    logs,
    exited: closed.then(([code, signal]) => ({ code, signal })),
    signal: (signal) => void output(engine, 'kill', `--signal=${signal}`, name).catch(() => undefined),
  };
}

/** A container of a service, once it said that it is ready; to the rest of the tests it is like any process. */
export async function startContainer(engine: Engine, name: ServiceName, run: Run): Promise<ServiceProcess> {
  const logs: LogRecord[] = [];
  let life = await begin(engine, name, run, logs);
  const end = async (signal: NodeJS.Signals) => {
    life.container.signal(signal);
    const hardStop = setTimeout(() => life.container.signal('SIGKILL'), patient(GRACE_PERIOD_MS));
    return life.container.exited.finally(() => clearTimeout(hardStop));
  };
  return {
    name,
    logs,
    get pid() {
      return life.container.pid;
    },
    get listen() {
      return life.listen;
    },
    get exited() {
      return life.container.exited;
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async restart(change = {}) {
      await end('SIGTERM');
      life = await begin(engine, name, { ...run, env: { ...run.env, ...change } }, logs);
    },
    waitForLog: (predicate, deadlineMs) =>
      waitUntil(`a log line of ${name}`, () => logs.find(predicate), { deadlineMs }),
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
    },
  };
}

interface Life {
  container: Container;
  listen: Listen;
}

async function begin(engine: Engine, name: ServiceName, run: Run, logs: LogRecord[]): Promise<Life> {
  const before = logs.length;
  const container = runContainer(engine, run, logs);
  let ended: Exit | undefined;
  void container.exited.then((exit) => {
    ended = exit;
  });
  const ready = () => logs.slice(before).find(({ msg, fields }) => msg === 'ready' && fields.listen);
  const tail = () =>
    logs
      .slice(before)
      .slice(-20)
      .map(({ line }) => line)
      .join('\n');
  await waitUntil(
    () => `${name} to be ready\n${tail()}`,
    () => ended ?? ready(),
    { deadlineMs: READY_DEADLINE_MS },
  );
  const record = ready();
  if (!record) throw new Error(`${name} ended (${ended?.signal ?? `exit code ${ended?.code}`}):\n${tail()}`);
  return { container, listen: record.fields.listen as Listen };
}
