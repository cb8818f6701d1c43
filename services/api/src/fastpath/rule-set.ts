import { setTimeout as sleep, setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Rule as WireRule } from './gen/fastpath/v1/Rule.ts';
import { encodeRules } from './proto.ts';

/** Names one state of the rules. Revisions of different sources (databases) cannot be compared. */
export interface RuleSetVersion {
  source_id: string;
  revision: number;
}

/** One reading of all rules, batch by batch. */
export interface RuleLoad<Part> {
  /** Called with every batch; keeping what it makes instead of the rules is what bounds the memory. */
  encode: (rules: WireRule[]) => Part;
  /** Ends the reading between two batches. */
  signal: AbortSignal;
}

export interface LoadedRules<Part> {
  version: RuleSetVersion;
  count: number;
  parts: Part[];
}

/** Where the rules come from: the database. */
export interface RuleSource {
  version(): Promise<RuleSetVersion>;
  /** Version and rules of one moment. */
  load<Part>(load: RuleLoad<Part>): Promise<LoadedRules<Part>>;
  /** Lifts the revision above this one (see instance-sync.ts). */
  raiseAbove(revision: number): Promise<void>;
}

/** A rule set ready to be sent: an encoded ApplyRulesRequest, the same bytes for every instance. */
export interface EncodedRuleSet {
  version: RuleSetVersion;
  count: number;
  message: Buffer;
}

export interface SharedRuleSet {
  /**
   * A rule set at least as new as `wanted`; instances that ask together share one load. Each caller gets it in a turn
   * of the event loop of its own: sending copies the message, and ten instances shall not do that in one turn.
   */
  get(wanted: RuleSetVersion): Promise<EncodedRuleSet>;
  /** Forgets the set: kept only while instances are being brought up to date, because it can be large. */
  release(): void;
  /** Ends a load that is under way. */
  close(): void;
}

/** What one slice of the event loop copies at most. */
export const BYTES_PER_SLICE = 1 << 20;
/** Loads of rules that change all the time take half of the time at most, but the pauses end. */
const LONGEST_PAUSE_MS = 5_000;

export function sameVersion(a: RuleSetVersion | null, b: RuleSetVersion | null): boolean {
  return a !== null && b !== null && a.source_id === b.source_id && a.revision === b.revision;
}

export function createSharedRuleSet(
  source: RuleSource,
  nextTurn: () => Promise<unknown> = () => turnOfTheLoop(),
): SharedRuleSet {
  const closing = new AbortController();
  const { signal } = closing;
  let latest: Promise<EncodedRuleSet> | null = null;
  let loading = false;
  let notBefore = 0;
  let lastTurn: Promise<unknown> = Promise.resolve();

  async function load(): Promise<EncodedRuleSet> {
    loading = true;
    const pauseMs = notBefore - performance.now();
    try {
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal });
      const began = performance.now();
      const { version, count, parts } = await source.load({
        signal,
        encode: (rules) => encodeRules({ rules }),
      });
      const message = await join([encodeRules({ version }), ...parts], nextTurn);
      notBefore = performance.now() + Math.min(performance.now() - began, LONGEST_PAUSE_MS);
      return { version, count, message };
    } finally {
      loading = false;
    }
  }

  async function find(wanted: RuleSetVersion): Promise<EncodedRuleSet> {
    while (latest !== null) {
      const current: Promise<EncodedRuleSet> = latest;
      // A load that began earlier may be too old for this caller, or may have failed for a passing reason.
      const held = await current.catch(() => null);
      if (held && held.version.source_id === wanted.source_id && held.version.revision >= wanted.revision) {
        return held;
      }
      if (latest === current) break;
    }
    latest = load();
    return latest;
  }

  return {
    async get(wanted) {
      const set = await find(wanted);
      lastTurn = lastTurn.then(nextTurn);
      await lastTurn;
      return set;
    },
    release: () => {
      // Whoever waits for it would begin the same load once more.
      if (!loading) latest = null;
    },
    close: () => closing.abort(),
  };
}

/** Encoded messages of one type, one after the other, are one message: protobuf merges their repeated fields. */
async function join(parts: Buffer[], nextTurn: () => Promise<unknown>): Promise<Buffer> {
  const message = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  let copied = 0;
  for (const part of parts) {
    if (copied + part.length > BYTES_PER_SLICE) {
      await nextTurn();
      copied = 0;
    }
    at += part.copy(message, at);
    copied += part.length;
  }
  return message;
}
