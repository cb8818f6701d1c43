import type { Logger } from 'pino';
import type { CompiledRules } from '../engine/compiled-rules.ts';
import { createCounters } from '../engine/counters.ts';
import type { Rule } from '../engine/rule.ts';
import { RuleBook } from '../engine/rule-book.ts';
import { type RuleCounters, SlabRuleCounters } from '../engine/rule-counters.ts';
import { createBuckets } from '../engine/token-bucket.ts';
import type { Port, PortMessage } from '../port/port.ts';
import { createSlotGauge } from '../port/slot-pool.ts';
import { settleLostPackets } from './lost-packets.ts';
import { isNewer, NO_RULES, type RuleSetVersion } from './rule-set-version.ts';
import { ignoreGone, SupervisedWorker } from './supervised-worker.ts';
import type { TapInit, WorkerInit } from './worker-messages.ts';

export type DataPlaneOptions = {
  readonly maxRules: number;
  readonly flowTableSize: number;
  /** Module that exports `createPacketHandler`. */
  readonly handlerModule: URL;
};

type ParseRules = () => Rule[] | Promise<Rule[]>;

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
  readonly ruleCounters: RuleCounters;
  /** Captures in progress; a worker that is replaced starts with them. */
  readonly taps = new Map<number, TapInit>();
  version: RuleSetVersion = NO_RULES;

  readonly #options: DataPlaneOptions;
  readonly #log: Logger;
  /** null: they are in the kernel. */
  readonly #buckets: BigInt64Array<SharedArrayBuffer> | null;
  // What a worker that starts now must enforce: set before a swap begins, so that a worker that dies in the middle
  // comes back with the new rules.
  #inForce: CompiledRules;
  #applying: Promise<unknown> = Promise.resolve();

  /** @param port belongs to this from now on */
  constructor(port: Port, options: DataPlaneOptions, log: Logger) {
    const slots = RuleBook.slotCapacity(options.maxRules);
    const { kernel } = port;
    this.port = port;
    this.#options = options;
    this.#log = log;
    this.#buckets = kernel ? null : createBuckets(slots);
    this.workers = Array.from({ length: port.workers }, (_, index) =>
      this.#createWorker(index, kernel ? 0 : slots),
    );
    this.ruleCounters =
      kernel?.ruleCounters ?? new SlabRuleCounters(this.workers.map(({ counters }) => counters));
    const buckets = kernel?.buckets ?? this.#buckets!;
    this.rules = new RuleBook({ maxRules: options.maxRules, counters: this.ruleCounters, buckets });
    this.#inForce = this.rules.current;
  }

  /** Starts every worker; any failure is thrown and leaves nothing running. */
  async start(): Promise<void> {
    try {
      await this.port.kernel?.useRules(this.#inForce);
      await Promise.all(this.workers.map(({ thread }) => thread.start()));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Stops the workers after what they have in hand, then releases the port. Idempotent. */
  async stop(): Promise<void> {
    this.port.collect();
    this.port.seal();
    await Promise.all(this.workers.map(({ thread }) => thread.stop()));
    await this.port.close();
  }

  /**
   * Replaces the rule set; resolves when it is enforced everywhere. One after the other.
   * @param parse called only for a version that is news.
   * @throws AppError `rules_outdated`; RuleSetError, whatever `parse` throws, and what the kernel answers to rules
   * that it cannot take. Each leaves the rules in force untouched.
   */
  apply(version: RuleSetVersion, parse: ParseRules): Promise<{ changed: boolean; generation: number }> {
    const applied = this.#applying.then(() => this.#apply(version, parse));
    this.#applying = applied.catch(() => {}); // reported to the caller; the queue goes on
    return applied;
  }

  async #apply(version: RuleSetVersion, parse: ParseRules) {
    if (!isNewer(version, this.version)) return { changed: false, generation: this.rules.current.generation };
    const compiled = await this.rules.prepare(await parse());
    await this.#swapInKernel(compiled);
    this.#inForce = compiled;
    await Promise.all(this.workers.map(({ thread }) => this.#swap(thread, compiled)));
    this.rules.commit(compiled);
    this.version = version;
    const { generation, ruleCount } = compiled;
    this.#log.info({ ...version, generation, rules: ruleCount }, 'rule set in force');
    return { changed: true, generation };
  }

  // First, because it alone can fail; the workers of such a port only tell captures what the kernel has decided.
  async #swapInKernel(compiled: CompiledRules): Promise<void> {
    try {
      await this.port.kernel?.useRules(compiled);
    } catch (error) {
      this.rules.abandon(compiled);
      throw error;
    }
  }

  // A worker that dies meanwhile enforces nothing, and its successor starts with the new rules.
  async #swap(thread: SupervisedWorker, compiled: CompiledRules): Promise<void> {
    await thread.request('rules', compiled).catch(ignoreGone);
  }

  #createWorker(index: number, ruleSlots: number): PlaneWorker {
    const counters = createCounters(ruleSlots);
    const slots = createSlotGauge();
    const { kernel } = this.port;
    const init = (): WorkerInit => ({
      handlerModule: this.#options.handlerModule.href,
      enforcement: this.#buckets && {
        counters,
        buckets: this.#buckets,
        flowTableSize: this.#options.flowTableSize,
      },
      slots,
      rules: this.#inForce,
      taps: [...this.taps.values()],
    });
    const tell = (message: PortMessage) => thread.request('port', message);
    const thread: SupervisedWorker = new SupervisedWorker({
      index,
      log: this.#log,
      init,
      attach: () => this.port.attach({ index, counters, slots, tell }),
      onDeath() {
        // Where packets are counted in native code, it is known there what a worker had in hand.
        if (kernel === null) settleLostPackets(counters);
      },
    });
    return { thread, counters, slots };
  }
}
