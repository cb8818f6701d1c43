/**
 * The connections of one database. Knex's own pool (tarn) asks five promises and two timers for each connection that it
 * hands out, idle or not: more than the driver needs for a short statement. This one hands out an idle connection at
 * once, in the middle of the caller's turn, and those who have to wait share one timer.
 *
 * It promises what that one did: never more than `max`; a connection belongs to one at a time; none is handed out that
 * is not usable; who comes first is served first; who has waited for too long is told so; a server that does not accept
 * connections is told to one of those who wait for each attempt; what lies idle is closed; and close() waits for those
 * who still have one.
 */
export interface PoolOptions {
  create(): Promise<object>;
  destroy(connection: object): unknown;
  /** Lets go of one that destroy() could not end. */
  abort?(connection: object): void;
  /** Asked before each time that it is handed out. */
  isUsable(connection: object): boolean;
  /** So many are not closed for being idle. */
  readonly min: number;
  readonly max: number;
  readonly acquireTimeoutMs: number;
}

/** So long may a connection be without work. */
const LONGEST_IDLE_MS = 30_000;
const REAP_EVERY_MS = 1000;
/** The drivers give up earlier; this ends a server that accepts a connection and then is silent. */
const LONGEST_CREATE_MS = 30_000;
/** After a failure, for those who still wait. Who comes new does not wait so long. */
const CREATE_AGAIN_AFTER_MS = 200;
/** close() waits no longer for a server that does not say goodbye. */
const LONGEST_DESTROY_MS = 5000;

interface Member {
  readonly connection: object;
  idleSince: number;
}

interface Waiter {
  readonly deadline: number;
  resolve(connection: object): void;
  reject(error: unknown): void;
}

export class ConnectionPool {
  readonly #options: PoolOptions;
  /** Last in, first out, so that those which are not needed stay idle. Empty as long as anybody waits. */
  readonly #idle: Member[] = [];
  readonly #used = new Map<object, Member>();
  readonly #waiting: Waiter[] = [];
  readonly #creating = new Set<Promise<void>>();
  readonly #destroying = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;
  #allBack: (() => void) | undefined;
  #lastFailure: { error: unknown; at: number } | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #reaper: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** In use, free, and callers that wait for one. */
  counts(): { used: number; free: number; waiting: number } {
    return { used: this.#used.size, free: this.#idle.length, waiting: this.#waiting.length };
  }

  /** An idle connection; undefined when there is none. */
  take(): object | undefined {
    for (let member = this.#idle.pop(); member; member = this.#idle.pop()) {
      const { connection } = member;
      if (this.#options.isUsable(connection)) {
        this.#used.set(connection, member);
        return connection;
      }
      this.#destroy(connection);
    }
    return undefined;
  }

  /** A connection as soon as there is one, in the form in which knex asks for it. */
  acquire(): { promise: Promise<object> } {
    const connection = this.take();
    if (connection) return { promise: Promise.resolve(connection) };
    if (this.#closing) return { promise: Promise.reject(closed()) };
    const promise = new Promise<object>((resolve, reject) => {
      const deadline = performance.now() + this.#options.acquireTimeoutMs;
      this.#waiting.push({ deadline, resolve, reject });
    });
    this.#watchDeadlines();
    this.#grow();
    return { promise };
  }

  /** False: it has not handed out this connection, or has it back already. */
  release(connection: object): boolean {
    const member = this.#used.get(connection);
    if (!member) return false;
    this.#used.delete(connection);
    this.#offer(member);
    if (this.#used.size === 0) this.#allBack?.();
    return true;
  }

  /** Closes all connections, those in use once they are released. Who waits for one is refused. */
  destroy(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#deadline);
    clearTimeout(this.#again);
    clearInterval(this.#reaper);
    for (const waiter of this.#waiting.splice(0)) waiter.reject(closed());
    for (const { connection } of this.#idle.splice(0)) this.#destroy(connection);
    await Promise.all(this.#creating);
    if (this.#used.size > 0) await new Promise<void>((resolve) => (this.#allBack = resolve));
    await Promise.all(this.#destroying);
  }

  /** Gives it to whoever waits, or keeps it for whoever comes. */
  #offer(member: Member): void {
    const { connection } = member;
    if (this.#closing || !this.#options.isUsable(connection)) {
      this.#destroy(connection);
      this.#grow();
      return;
    }
    const waiter = this.#waiting.shift();
    if (waiter) {
      this.#used.set(connection, member);
      waiter.resolve(connection);
      return;
    }
    member.idleSince = performance.now();
    this.#idle.push(member);
    this.#reaper ??= setInterval(() => this.#reap(), REAP_EVERY_MS).unref();
  }

  /** As many more as there are callers waiting for one, and as there is room for. */
  #grow(): void {
    while (
      !this.#closing &&
      this.#creating.size < this.#waiting.length &&
      this.#creating.size + this.#used.size < this.#options.max
    ) {
      const opened = within(LONGEST_CREATE_MS, this.#options.create(), (late) => this.#destroy(late));
      const settled = (next: () => void) => {
        this.#creating.delete(creating);
        next();
      };
      const creating: Promise<void> = opened.then(
        (connection) => settled(() => this.#welcome(connection)),
        (error) => settled(() => this.#refuse(error)),
      );
      this.#creating.add(creating);
    }
  }

  #welcome(connection: object): void {
    if (this.#options.isUsable(connection)) {
      this.#offer({ connection, idleSince: 0 });
      return;
    }
    this.#destroy(connection);
    // Not at once: a server that hangs up on everybody would be asked without end.
    this.#growLater();
  }

  /** For the one who waits longest: it has most reason to hear why. */
  #refuse(error: unknown): void {
    this.#lastFailure = { error, at: performance.now() };
    this.#waiting.shift()?.reject(error);
    this.#growLater();
  }

  #growLater(): void {
    if (this.#waiting.length === 0 || this.#closing) return;
    this.#again ??= setTimeout(() => {
      this.#again = undefined;
      this.#grow();
    }, CREATE_AGAIN_AFTER_MS);
  }

  #destroy(connection: object): void {
    // A goodbye that fails or is not answered ends nothing that is still needed.
    const gone = within(LONGEST_DESTROY_MS, attempt(this.#options.destroy, connection)).then(
      () => {},
      () => this.#options.abort?.(connection),
    );
    this.#destroying.add(gone);
    void gone.then(() => this.#destroying.delete(gone));
  }

  /** One timer, for the one who waits longest: all have the same patience. */
  #watchDeadlines(): void {
    const first = this.#waiting[0];
    if (!first || this.#deadline) return;
    this.#deadline = setTimeout(
      () => {
        this.#deadline = undefined;
        const now = performance.now();
        while (this.#waiting[0] && this.#waiting[0].deadline <= now)
          this.#waiting.shift()!.reject(this.#whyNone(now));
        this.#watchDeadlines();
      },
      // Timers may come up to a millisecond early.
      Math.max(0, Math.ceil(first.deadline - performance.now())),
    );
  }

  /** Where nobody holds one, a server that accepts none is the reason, and not the size of the pool. */
  #whyNone(now: number): unknown {
    const { error, at } = this.#lastFailure ?? { at: Number.NEGATIVE_INFINITY };
    return this.#used.size === 0 && now - at <= this.#options.acquireTimeoutMs ? error : exhausted();
  }

  #reap(): void {
    const latest = performance.now() - LONGEST_IDLE_MS;
    const spare = () => this.#idle.length + this.#used.size > this.#options.min;
    // The first of them is idle for longest.
    while (this.#idle[0] && this.#idle[0].idleSince <= latest && spare())
      this.#destroy(this.#idle.shift()!.connection);
    if (this.#idle.length > 0) return;
    clearInterval(this.#reaper);
    this.#reaper = undefined;
  }
}

/** With the code by which errors.ts knows it. */
function exhausted(): Error {
  return Object.assign(new Error('Timeout acquiring a connection: all of the pool are in use'), {
    code: 'POOL_TIMEOUT',
  });
}

function closed(): Error {
  return new Error('Unable to acquire a connection: the pool is closed');
}

async function attempt<T>(run: (value: T) => unknown, value: T): Promise<unknown> {
  return run(value);
}

/** Fails after so long; `late` gets what comes after that. */
function within<T>(ms: number, promise: Promise<T>, late?: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      reject(new Error('The database is silent'));
    }, ms);
    promise
      .finally(() => clearTimeout(timer))
      .then((value) => (over ? late?.(value) : resolve(value)), reject);
  });
}
