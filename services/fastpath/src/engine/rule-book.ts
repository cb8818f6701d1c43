import { compileRules, type PlacedRule } from './compile-rules.ts';
import type { CompiledRules } from './compiled-rules.ts';
import { inSlices } from './in-slices.ts';
import { Action, type Rule, RuleSetError } from './rule.ts';
import type { RuleCounters } from './rule-counters.ts';
import {
  BUCKETS_PER_SLOT,
  type BucketRate,
  bucketRate,
  carryTokens,
  fillBucket,
  ticks,
} from './token-bucket.ts';

const RULES_PER_STEP = 1_000;

/** What a rule keeps while rule sets come and go around it. */
export interface RuleEntry {
  readonly id: string;
  /** Where its counters are. */
  readonly slot: number;
  /** Never given to another rule. */
  readonly serial: number;
  /** Which of the slot's two buckets is its, and how it fills; null: not a rate_limit rule. */
  readonly bucket: number;
  readonly rate: BucketRate | null;
}

type Entries = Map<string, RuleEntry>;

interface RuleBookOptions {
  readonly maxRules: number;
  readonly counters: RuleCounters;
  readonly buckets: BigInt64Array;
  /** Monotonic nanoseconds, the same clock as the engines'. */
  readonly clock?: () => bigint;
}

/**
 * The rule sets of this process, on the control thread: gives every rule its slot, compiles, and frees the slots of
 * rules that are gone once nobody enforces them. Two-phase: `prepare`, then whoever enforces takes the rules, then
 * `commit`. Only one set may be between the two.
 */
export class RuleBook {
  readonly #options: RuleBookOptions;
  readonly #free: number[];
  readonly #idOfSerial = new Map<number, string>();
  #nextSerial = 1;
  #entries: Entries = new Map();
  #rules: readonly RuleEntry[] = [];
  #pending: { compiled: CompiledRules; entries: Entries } | null = null;
  #current: CompiledRules;

  constructor(options: RuleBookOptions) {
    this.#options = options;
    const slots = RuleBook.slotCapacity(options.maxRules);
    this.#free = Array.from({ length: slots }, (_, i) => slots - 1 - i);
    this.#current = noRules();
  }

  /** Slots for two full rule sets that have no rule in common: the one in force and the one that follows. */
  static slotCapacity(maxRules: number): number {
    return 2 * maxRules;
  }

  /** The rule set last committed; generation 0, empty, at first. */
  get current(): CompiledRules {
    return this.#current;
  }

  /** Every rule of the set in force, the disabled ones too. */
  get rules(): readonly RuleEntry[] {
    return this.#rules;
  }

  /** Id of the rule with this serial, as long as a set in force, or about to be, has it. */
  ruleId(serial: number): string | undefined {
    return this.#idOfSerial.get(serial);
  }

  /** The rule with this id in the set in force. */
  rule(id: string): RuleEntry | undefined {
    return this.#entries.get(id);
  }

  /** Serial of a rule in force. */
  serialOf(id: string): number | undefined {
    return this.#entries.get(id)?.serial;
  }

  /**
   * Compiles the next rule set without blocking the event loop. Nothing changes when it fails.
   * @throws RuleSetError when the set is too large or names a rule twice
   */
  async prepare(rules: readonly Rule[]): Promise<CompiledRules> {
    if (this.#pending) throw new Error('a rule set is being prepared or distributed already');
    const { maxRules } = this.#options;
    if (rules.length > maxRules)
      throw new RuleSetError(`${rules.length} rules exceed the limit of ${maxRules}`);
    const entries: Entries = new Map();
    this.#pending = { compiled: this.#current, entries };
    try {
      const compiled = await inSlices(this.#compile(rules, entries));
      this.#pending = { compiled, entries };
      return compiled;
    } catch (error) {
      this.#discard(entries);
      throw error;
    }
  }

  /** Call when these rules are enforced everywhere and the ones before nowhere. */
  commit(compiled: CompiledRules): void {
    const { entries } = this.#expectPending(compiled);
    for (const entry of this.#entries.values()) {
      if (entries.get(entry.id)?.serial !== entry.serial) this.#release(entry);
    }
    this.#entries = entries;
    this.#rules = [...entries.values()];
    this.#current = compiled;
    this.#pending = null;
  }

  /** Forgets prepared rules. Nobody may enforce them (any more). */
  abandon(compiled: CompiledRules): void {
    this.#discard(this.#expectPending(compiled).entries);
  }

  #expectPending(compiled: CompiledRules): { entries: Entries } {
    if (this.#pending?.compiled !== compiled) throw new Error('not the rule set that was prepared last');
    return this.#pending;
  }

  #discard(entries: Entries): void {
    for (const entry of entries.values()) {
      if (this.#entries.get(entry.id)?.serial !== entry.serial) this.#release(entry);
    }
    this.#pending = null;
  }

  #release({ slot, serial }: RuleEntry): void {
    this.#options.counters.clear(slot);
    this.#idOfSerial.delete(serial);
    this.#free.push(slot);
  }

  *#compile(rules: readonly Rule[], entries: Entries): Generator<void, CompiledRules> {
    const now = ticks((this.#options.clock ?? process.hrtime.bigint)());
    const placed: PlacedRule[] = [];
    for (const rule of rules) {
      if (entries.has(rule.id)) throw new RuleSetError(`rule ${rule.id} appears twice`);
      const entry = this.#place(rule, now);
      entries.set(rule.id, entry);
      placed.push({ rule, ...entry });
      if (placed.length % RULES_PER_STEP === 0) yield;
    }
    return yield* compileRules(placed, this.#current.generation + 1);
  }

  #place(rule: Rule, now: bigint): RuleEntry {
    const rate = rule.action === Action.rateLimit ? bucketRate(rule.ratePps, rule.burst) : null;
    const known = this.#entries.get(rule.id);
    if (known) return this.#moveTokens(known, rate, now);
    const slot = this.#free.pop()!; // slotCapacity leaves room for maxRules beside those in force
    const serial = this.#nextSerial++;
    this.#idOfSerial.set(serial, rule.id);
    const bucket = slot * BUCKETS_PER_SLOT;
    fillBucket(this.#options.buckets, bucket);
    return { id: rule.id, slot, serial, bucket, rate };
  }

  /** A new rate starts in the slot's other bucket: workers that still enforce the old rate keep theirs as it is. */
  #moveTokens(known: RuleEntry, rate: BucketRate | null, now: bigint): RuleEntry {
    if (rate === null || sameRate(rate, known.rate)) return { ...known, rate };
    const bucket = known.bucket ^ 1;
    const { buckets } = this.#options;
    if (known.rate === null) fillBucket(buckets, bucket);
    else carryTokens(buckets, known.bucket, known.rate, bucket, rate, now);
    return { ...known, bucket, rate };
  }
}

function sameRate(a: BucketRate, b: BucketRate | null): boolean {
  return a.interval === b?.interval && a.limit === b.limit;
}

function noRules(): CompiledRules {
  for (const steps = compileRules([], 0); ; ) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
