import { createSecret, hashMasked } from './hash.ts';
import { KEY_STRIDE, keyFamily, keyWords } from './packet-key.ts';
import type { Action } from './rule.ts';
import { topIndexes } from './top-indexes.ts';

/*
 * Flows of one data worker, in bounded memory: a set-associative table. A flow lives in one of the WAYS places of
 * the set that its key hashes to. When they are taken, the place with the least heat goes: a packet warms its flow by
 * one, each newcomer to the set cools the others by one (Misra and Gries, 1982). So a flood of one-packet flows
 * displaces its own kind, and only flows slower than the flood is per set are lost; each loss is counted.
 */

const WAYS = 8;
const MAX_HEAT = 0xffff;
const SLOTS_PER_SWEEP = 1 << 16;
const ALL_BITS = new Uint32Array(KEY_STRIDE).fill(0xffffffff);

export interface FlowRecord {
  /** A packet key, KEY_STRIDE words. */
  readonly key: Uint32Array;
  readonly packets: number;
  /** IP packet lengths. */
  readonly bytes: number;
  readonly droppedPackets: number;
  /** Unix time. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** What was decided about the newest packet, and the serial of the rule that did (see CompiledRules; 0 = none). */
  readonly action: Action;
  readonly serial: number;
}

export class FlowTable {
  /** Flows in the table, those included that went idle since the last sweep. */
  active = 0;
  /** Live flows that gave way to others. */
  evicted = 0;
  readonly #setMask: number;
  readonly #idleMs: number;
  readonly #secret = createSecret();
  /** 0 = free. */
  readonly #tags: Int32Array;
  readonly #keys: Uint32Array;
  readonly #heat: Uint16Array;
  readonly #packets: Float64Array;
  readonly #bytes: Float64Array;
  readonly #dropped: Float64Array;
  readonly #firstSeen: Float64Array;
  readonly #lastSeen: Float64Array;
  readonly #actions: Uint8Array;
  readonly #serials: Uint32Array;
  #sweepFrom = 0;

  /** @param capacity flows, rounded up to a power of two, at least 8 @param idleMs a flow silent for longer ends */
  constructor(capacity: number, idleMs: number) {
    const sets = 1 << Math.ceil(Math.log2(Math.max(1, capacity / WAYS)));
    const slots = sets * WAYS;
    this.#setMask = sets - 1;
    this.#idleMs = idleMs;
    this.#tags = new Int32Array(slots);
    this.#keys = new Uint32Array(slots * KEY_STRIDE);
    this.#heat = new Uint16Array(slots);
    this.#packets = new Float64Array(slots);
    this.#bytes = new Float64Array(slots);
    this.#dropped = new Float64Array(slots);
    this.#firstSeen = new Float64Array(slots);
    this.#lastSeen = new Float64Array(slots);
    this.#actions = new Uint8Array(slots);
    this.#serials = new Uint32Array(slots);
  }

  get capacity(): number {
    return this.#tags.length;
  }

  /** Accounts one packet whose key is at word `at`. Allocates nothing. */
  record(
    keys: Uint32Array,
    at: number,
    bytes: number,
    nowMs: number,
    dropped: boolean,
    action: Action,
    serial: number,
  ): void {
    const tag = hashMasked(keys, at, ALL_BITS, 0, keyWords(keyFamily(keys, at)), this.#secret, 0);
    const first = (tag & this.#setMask) * WAYS;
    let slot = this.#find(tag, first, keys, at);
    if (slot < 0) {
      slot = this.#vacate(first, nowMs);
      this.#settle(slot, tag, keys, at, nowMs);
    }
    if (this.#heat[slot] < MAX_HEAT) this.#heat[slot]++;
    this.#packets[slot]++;
    this.#bytes[slot] += bytes;
    if (dropped) this.#dropped[slot]++;
    this.#lastSeen[slot] = nowMs;
    this.#actions[slot] = action;
    this.#serials[slot] = serial;
  }

  /** The `limit` largest flows, largest first. */
  top(limit: number, order: 'bytes' | 'packets'): FlowRecord[] {
    const size = order === 'bytes' ? this.#bytes : this.#packets;
    return topIndexes(size, limit, (slot) => this.#tags[slot] !== 0).map((slot) => this.#read(slot));
  }

  /** Ends idle flows in the next part of the table: at most 65,536 places, well under a millisecond. */
  sweep(nowMs: number): void {
    const end = Math.min(this.capacity, this.#sweepFrom + SLOTS_PER_SWEEP);
    for (let slot = this.#sweepFrom; slot < end; slot++) {
      if (this.#tags[slot] !== 0 && this.#isIdle(slot, nowMs)) {
        this.#tags[slot] = 0;
        this.active--;
      }
    }
    this.#sweepFrom = end === this.capacity ? 0 : end;
  }

  #find(tag: number, first: number, keys: Uint32Array, at: number): number {
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#tags[slot] === tag && this.#keyEquals(slot, keys, at)) return slot;
    }
    return -1;
  }

  #keyEquals(slot: number, keys: Uint32Array, at: number): boolean {
    const own = slot * KEY_STRIDE;
    for (let word = 0; word < KEY_STRIDE; word++) {
      if (this.#keys[own + word] !== keys[at + word]) return false;
    }
    return true;
  }

  /** A place of the set for a newcomer: a free one, an idle flow's, or the coldest flow's (of equals the stalest). */
  #vacate(first: number, nowMs: number): number {
    let coldest = first;
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#tags[slot] === 0) {
        this.active++;
        return slot;
      }
      if (this.#isIdle(slot, nowMs)) return slot;
      if (this.#isColder(slot, coldest)) coldest = slot;
    }
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#heat[slot] > 0) this.#heat[slot]--;
    }
    this.evicted++;
    return coldest;
  }

  #isIdle(slot: number, nowMs: number): boolean {
    return nowMs - this.#lastSeen[slot] > this.#idleMs;
  }

  #isColder(slot: number, other: number): boolean {
    const difference = this.#heat[slot] - this.#heat[other];
    return difference < 0 || (difference === 0 && this.#lastSeen[slot] < this.#lastSeen[other]);
  }

  #settle(slot: number, tag: number, keys: Uint32Array, at: number, nowMs: number): void {
    const own = slot * KEY_STRIDE;
    for (let word = 0; word < KEY_STRIDE; word++) this.#keys[own + word] = keys[at + word];
    this.#tags[slot] = tag;
    this.#heat[slot] = 0;
    this.#packets[slot] = 0;
    this.#bytes[slot] = 0;
    this.#dropped[slot] = 0;
    this.#firstSeen[slot] = nowMs;
  }

  #read(slot: number): FlowRecord {
    return {
      key: this.#keys.slice(slot * KEY_STRIDE, (slot + 1) * KEY_STRIDE),
      packets: this.#packets[slot],
      bytes: this.#bytes[slot],
      droppedPackets: this.#dropped[slot],
      firstSeenMs: this.#firstSeen[slot],
      lastSeenMs: this.#lastSeen[slot],
      action: this.#actions[slot] as Action,
      serial: this.#serials[slot],
    };
  }
}
