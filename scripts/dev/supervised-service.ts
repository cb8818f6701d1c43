import { setTimeout as sleep } from 'node:timers/promises';
import {
  ENTRY_POINTS,
  type Exit,
  type NodeProcess,
  type ServiceName,
  spawnNode,
  terminate,
} from '../processes/child-process.ts';
import { type LogRecord, parseLogLine } from '../processes/log-record.ts';

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 15_000;
/** A service that served for so long did not crash because of its start. */
const STABLE_MS = 10_000;

export interface ServiceEvents {
  onLog(name: ServiceName, record: LogRecord): void;
  /** What the supervisor itself has to say. */
  say(level: string, message: string): void;
  /** Runs before each start; rejects when there is nothing to start yet. */
  prepare?(changedFiles: string[]): Promise<void>;
}

/** Keeps one service running: restarts it when it ends by itself, with backoff, and at once when its source changes. */
export class SupervisedService {
  readonly name: ServiceName;
  /** Settles with the first life: resolves once it serves, rejects when it ends before that. */
  readonly firstReady: Promise<void>;
  private readonly env: NodeJS.ProcessEnv;
  private readonly events: ServiceEvents;
  private readonly first = Promise.withResolvers<void>();
  private process: NodeProcess | undefined;
  private stopping = false;
  private wasReady = false;
  private changed: string[] = [];
  private wake = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(name: ServiceName, env: NodeJS.ProcessEnv, events: ServiceEvents) {
    this.name = name;
    this.env = env;
    this.events = events;
    this.firstReady = this.first.promise;
  }

  start(): void {
    this.running = this.keepRunning();
  }

  /** Restarts with the present sources, also out of a backoff. */
  async restart(changedFiles: string[]): Promise<void> {
    if (this.stopping) return;
    this.changed.push(...changedFiles);
    this.wake.abort();
    if (this.process) await terminate(this.process);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.abort();
    if (this.process) await terminate(this.process);
    await this.running;
  }

  kill(): void {
    this.process?.child.kill('SIGKILL');
  }

  private async keepRunning(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    while (!this.stopping) {
      const started = performance.now();
      const ending = await this.live();
      if (this.stopping) return;
      if (this.changed.length > 0) continue;
      if (!this.wasReady) return this.first.reject(new Error(`${this.name} ended (${ending}).`));
      if (performance.now() - started >= STABLE_MS) backoff = FIRST_BACKOFF_MS;
      this.events.say(
        'error',
        `${this.name} ended (${ending}); starting it again in ${backoff / 1000} s or on a change`,
      );
      this.wake = new AbortController();
      // Aborted = a change or the end came first; both are looked at above.
      await sleep(backoff, undefined, { signal: this.wake.signal }).catch(() => undefined);
      backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS);
    }
  }

  /** One life of the process; answers how it ended. */
  private async live(): Promise<string> {
    const changed = this.changed;
    this.changed = [];
    try {
      await this.events.prepare?.(changed);
    } catch (error) {
      return (error as Error).message;
    }
    if (this.stopping) return 'stopped';
    const started = performance.now();
    this.process = spawnNode(ENTRY_POINTS[this.name], this.env, (line) => {
      const record = parseLogLine(line);
      if (record.msg === 'ready') this.noteReady(performance.now() - started);
      else this.events.onLog(this.name, record);
    });
    const exit = await this.process.exited;
    this.process = undefined;
    return describeExit(exit);
  }

  private noteReady(afterMs: number): void {
    if (this.wasReady)
      this.events.say('info', `${this.name} runs again after ${(afterMs / 1000).toFixed(1)} s`);
    this.wasReady = true;
    this.first.resolve();
  }
}

function describeExit({ code, signal }: Exit): string {
  return signal ?? `exit code ${code}`;
}
