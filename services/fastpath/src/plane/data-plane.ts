import type { Logger } from 'pino';
import type { CompiledRules } from '../engine/compiled-rules.ts';
import { createCounters } from '../engine/counters.ts';
import type { Rule } from '../engine/rule.ts';
import { RuleBook } from '../engine/rule-book.ts';
import { createBuckets } from '../engine/token-bucket.ts';
import type { Port } from '../port/port.ts';
import { createSlotGauge } from '../port/slot-pool.ts';
import { settleLostPackets } from './lost-packets.ts';
import { isNewer, NO_RULES, type RuleSetVersion } from './rule-set-version.ts';
import { ignoreGone, SupervisedWorker } from './supervised-worker.ts';
import type { TapInit, WorkerInit } from './worker-messages.ts';

export type DataPlaneOptions = {
  readonly workers: number;
  readonly maxRules: number;
  readonly flowTableSize: number;
  /** Module that exports `createPacketHandler`. */
  readonly handlerModule: URL;
};

/** A worker with the memory it counts on. */
export type PlaneWorker = {
  readonly thread: SupervisedWorker;
  readonly counters: Float64Array<SharedArrayBuffer>;
  readonly slots: ReturnType<typeof createSlotGauge>;
};

/** The data workers, their port and the rules they enforce, as the control thread sees them. */
export class DataPlane {
  readonly port: Port;
  readonly workers: readonly PlaneWorker[];
  readonly rules: RuleBook;
  /** Captures in progress; a worker that is replaced starts with them. */
  readonly taps = new Map<number, TapInit>();
  version: RuleSetVersion = NO_RULES;

  readonly #options: DataPlaneOptions;
  readonly #log: Logger;
  readonly #buckets: BigInt64Array<SharedArrayBuffer>;
  // What a worker that starts now must enforce: set before a swap begins, so that a worker that dies in the middle
  // comes back with the new rules.
  #inForce: CompiledRules;
  #applying: Promise<unknown> = Promise.resolve();

  constructor(port: Port, options: DataPlaneOptions, log: Logger) {
    const slots = RuleBook.slotCapacity(options.maxRules);
    this.port = port;
    this.#options = options;
    this.#log = log;
    this.#buckets = createBuckets(slots);
    this.workers = Array.from({ length: options.workers }, (_, index) => this.#createWorker(index, slots));
    this.rules = new RuleBook({
      maxRules: options.maxRules,
      workers: this.workers.map(({ counters }) => counters),
      buckets: this.#buckets,
    });
    this.#inForce = this.rules.current;
  }

  /** Claims the port and starts every worker; any failure is thrown and leaves nothing running. */
  async start(): Promise<void> {
    try {
      await this.port.open();
      await Promise.all(this.workers.map(({ thread }) => thread.start()));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops the workers after what they have in hand, then releases the port. Idempotent. */
  async stop(): Promise<void> {
    this.port.collectKernelDrops();
    await Promise.all(this.workers.map(({ thread }) => thread.stop()));
    await this.port.close();
  }

  /**
   * Replaces the rule set; resolves when every worker enforces it. One after the other.
   * @param parse called only for a version that is news.
   * @throws AppError `rules_outdated`; RuleSetError or whatever `parse` throws leaves the rules in force untouched.
   */
  apply(version: RuleSetVersion, parse: () => Rule[]): Promise<{ changed: boolean; generation: number }> {
    const applied = this.#applying.then(() => this.#apply(version, parse));
    this.#applying = applied.catch(() => {}); // reported to the caller; the queue goes on
    return applied;
  }

  async #apply(version: RuleSetVersion, parse: () => Rule[]) {
    if (!isNewer(version, this.version)) return { changed: false, generation: this.rules.current.generation };
    const compiled = await this.rules.prepare(parse());
    this.#inForce = compiled;
    await Promise.all(this.workers.map(({ thread }) => this.#swap(thread, compiled)));
    this.rules.commit(compiled);
    this.version = version;
    const { generation, ruleCount } = compiled;
    this.#log.info({ ...version, generation, rules: ruleCount }, 'rule set in force');
    return { changed: true, generation };
  }

  // A worker that dies meanwhile enforces nothing, and its successor starts with the new rules.
  async #swap(thread: SupervisedWorker, compiled: CompiledRules): Promise<void> {
    await thread.request('rules', compiled).catch(ignoreGone);
  }

  #createWorker(index: number, slotCapacity: number): PlaneWorker {
    const counters = createCounters(slotCapacity);
    const slots = createSlotGauge();
    const init = (): WorkerInit => ({
      mode: this.port.mode,
      handlerModule: this.#options.handlerModule.href,
      counters,
      buckets: this.#buckets,
      slots,
      flowTableSize: this.#options.flowTableSize,
      rules: this.#inForce,
      taps: [...this.taps.values()],
    });
    const thread: SupervisedWorker = new SupervisedWorker({
      index,
      log: this.#log,
      init,
      attach: () => this.port.attach({ index, counters, tell: (message) => thread.request('port', message) }),
      onDeath: () => settleLostPackets(counters),
    });
    return { thread, counters, slots };
  }
}
