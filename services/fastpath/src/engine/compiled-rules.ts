import type { HashSecret } from './hash.ts';

/**
 * The tuple space of one family. All arrays lie on SharedArrayBuffers: compiled once, read by every worker.
 * The layout is plain words and fixed-length probes, so that a BPF program can walk the same bytes as array maps.
 */
export interface TupleSpace {
  /** Words per key and mask: 4 (IPv4) or 10 (IPv6). */
  readonly words: number;
  readonly maskCount: number;
  /** Of the hash of every table in here. */
  readonly secret: HashSecret;
  /** `words` per mask; masks in ascending order of their best rank. */
  readonly masks: Uint32Array;
  /** Per mask: best rank, first cell, cell count - 1 (a power of two - 1), hash seed. */
  readonly tables: Int32Array;
  /**
   * Open addressing, two words per cell: tag (the hash, never 0; 0 = empty), entry. A key lies in one of the
   * PROBE_LIMIT cells from its home cell on, without wrapping: each table has that many cells more than its mask says.
   */
  readonly cells: Int32Array;
  /** Per entry: `words` words of masked key. */
  readonly keys: Uint32Array;
  /** Per entry: rank of the rule it stands for. */
  readonly ranks: Int32Array;
}

/** Cells that a lookup looks at in the worst case, hit or miss. */
export const PROBE_LIMIT = 16;

/** Fields of one row of `TupleSpace.tables`. */
export const TABLE_STRIDE = 4;
export const TABLE_BEST_RANK = 0;
export const TABLE_FIRST_CELL = 1;
export const TABLE_CELL_MASK = 2;
export const TABLE_SEED = 3;

/** One generation of rules. A plain object over shared memory: post it to workers as it is. */
export interface CompiledRules {
  readonly generation: number;
  /** Enabled rules; a rule's rank is its place in the order of matching. */
  readonly ruleCount: number;
  readonly ipv4: TupleSpace;
  readonly ipv6: TupleSpace;
  /** By rank: counter slot, which a rule keeps from generation to generation. */
  readonly slots: Uint32Array;
  /** By rank: serial number, never reused in this process, for what outlives a generation (flows, captures). */
  readonly serials: Uint32Array;
  /** By rank: see Action. */
  readonly actions: Uint8Array;
  /** By rank: token bucket; meaningful for rate_limit only. */
  readonly buckets: Uint32Array;
  /** By rank: GCRA increment and limit in ticks, see token-bucket.ts. */
  readonly intervals: BigInt64Array;
  readonly limits: BigInt64Array;
}

/** Hash lookups in the worst case over both families (a packet sees only those of its own). */
export function maskCount(rules: CompiledRules): number {
  return rules.ipv4.maskCount + rules.ipv6.maskCount;
}
