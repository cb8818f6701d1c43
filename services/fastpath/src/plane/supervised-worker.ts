import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type { FromWorker, Replies, Reply, Requests, WorkerInit } from './worker-messages.ts';

const FIRST_RESTART_MS = 50;
const MAX_RESTART_MS = 5_000;
/** A worker that has run this long may be restarted at once again. */
const STABLE_MS = 10_000;
// A worker answers between two bursts, so this long without an answer means that it hangs.
const ANSWER_WITHIN_MS = 5_000;
// Before its first answer it loads its modules, which takes a throttled CPU much longer.
const FIRST_ANSWER_WITHIN_MS = 60_000;
// Finds out about a worker that hangs while nobody asks it anything.
const PING_EVERY_MS = 2_000;

/** The worker is gone; what it was asked no longer matters, because its successor starts from current state. */
export class WorkerGone extends Error {}

/** For requests that mean nothing to the successor of a worker that died. */
export function ignoreGone(error: unknown): void {
  if (!(error instanceof WorkerGone)) throw error;
}

type Pending = { resolve: (value: never) => void; reject: (error: Error) => void };

export type SupervisedWorkerOptions = {
  readonly index: number;
  readonly log: Logger;
  /** Called for each start, so that a successor begins with the rules in force at that moment. */
  readonly init: () => WorkerInit;
  /** Called after each start, before the worker counts as running: gives it its endpoints. */
  readonly attach: (worker: SupervisedWorker) => Promise<void>;
  /** Called after each death that nobody asked for. */
  readonly onDeath: () => void;
};

/** One data-plane thread that is replaced when it dies. Its counters live outside of it and survive. */
export class SupervisedWorker {
  readonly index: number;
  restarts = 0;
  running = false;

  readonly #options: SupervisedWorkerOptions;
  #thread: Worker | null = null;
  #hasAnswered = false;
  #pending = new Map<number, Pending>();
  #nextId = 1;
  #stopping = false;
  #restartDelayMs = FIRST_RESTART_MS;
  #runningSince = Number.POSITIVE_INFINITY;
  #restartTimer: NodeJS.Timeout | undefined;
  #pingTimer: NodeJS.Timeout | undefined;

  constructor(options: SupervisedWorkerOptions) {
    this.index = options.index;
    this.#options = options;
  }

  /** Starts the thread and attaches its endpoints. Rejects when that fails; the caller decides then. */
  async start(): Promise<void> {
    const thread = new Worker(new URL('./worker.ts', import.meta.url), { workerData: this.#options.init() });
    this.#thread = thread;
    this.#hasAnswered = false;
    thread.on('message', (message: FromWorker) => this.#onMessage(message));
    // 'exit' follows 'error' and does the work for both.
    thread.on('error', (error) =>
      this.#options.log.error({ err: error, worker: this.index }, 'worker thread failed'),
    );
    thread.on('exit', (code) => this.#onExit(thread, code));
    await this.#options.attach(this);
    if (this.#stopping) return;
    this.running = true;
    this.#runningSince = performance.now();
    this.#pingTimer = setInterval(() => this.request('ping', null).catch(ignoreGone), PING_EVERY_MS);
  }

  /**
   * Asks the thread. Rejects with WorkerGone when it dies first; a thread that does not answer is terminated,
   * and so replaced.
   */
  request<Type extends keyof Requests>(type: Type, body: Requests[Type]): Promise<Replies[Type]> {
    const thread = this.#thread;
    if (thread === null) return Promise.reject(new WorkerGone(`worker ${this.index} is not running`));
    const id = this.#nextId++;
    return new Promise<Replies[Type]>((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#options.log.error(
            { worker: this.index, request: type },
            'worker does not answer; replacing it',
          );
          void thread.terminate();
        },
        this.#hasAnswered ? ANSWER_WITHIN_MS : FIRST_ANSWER_WITHIN_MS,
      );
      const settled = <Value>(then: (value: Value) => void) => {
        return (value: Value) => {
          clearTimeout(timer);
          then(value);
        };
      };
      this.#pending.set(id, { resolve: settled(resolve) as Pending['resolve'], reject: settled(reject) });
      thread.postMessage({ id, type, body });
    });
  }

  /** Stops for good: lets the thread finish what it has in hand, then ends it. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.running = false;
    clearTimeout(this.#restartTimer);
    const thread = this.#thread;
    if (thread === null) return;
    clearInterval(this.#pingTimer);
    await this.request('stop', null).catch(ignoreGone);
    await thread.terminate();
  }

  #onMessage(message: FromWorker): void {
    this.#hasAnswered = true;
    if ('id' in message) {
      this.#settle(message);
      return;
    }
    const { handlerError: err, more } = message;
    this.#options.log.error({ err, more, worker: this.index }, 'packet handler failed');
  }

  #settle(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if ('error' in reply) pending?.reject(reply.error);
    else pending?.resolve(reply.value as never);
  }

  #onExit(thread: Worker, code: number): void {
    if (this.#thread !== thread) return;
    this.#thread = null;
    this.running = false;
    clearInterval(this.#pingTimer);
    for (const { reject } of this.#pending.values()) reject(new WorkerGone(`worker ${this.index} ended`));
    this.#pending.clear();
    if (this.#stopping) return;
    this.#options.onDeath();
    this.#scheduleRestart(code);
  }

  #scheduleRestart(code: number): void {
    // One that dies of its first packets must not be started twenty times a second for ever.
    if (performance.now() - this.#runningSince >= STABLE_MS) this.#restartDelayMs = FIRST_RESTART_MS;
    this.#runningSince = Number.POSITIVE_INFINITY;
    const delayMs = this.#restartDelayMs;
    this.#restartDelayMs = Math.min(delayMs * 2, MAX_RESTART_MS);
    this.restarts += 1;
    this.#options.log.error({ worker: this.index, code, delayMs }, 'worker died; starting another');
    this.#restartTimer = setTimeout(() => {
      this.start().catch((error) => {
        if (error instanceof WorkerGone) return; // its exit has scheduled the next attempt
        this.#options.log.error({ err: error, worker: this.index }, 'worker did not start; trying again');
        void this.#thread?.terminate();
      });
    }, delayMs);
  }
}
