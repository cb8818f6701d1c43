import { findEntry } from './classify.ts';
import {
  PROBE_LIMIT,
  TABLE_BEST_RANK,
  TABLE_CELL_MASK,
  TABLE_FIRST_CELL,
  TABLE_SEED,
  TABLE_STRIDE,
  type TupleSpace,
} from './compiled-rules.ts';
import { createSecret, hashMasked } from './hash.ts';
import { RuleSetError } from './rule.ts';

const ENTRIES_PER_STEP = 1_000;
const SEEDS_PER_SIZE = 8;

export interface SpaceLimits {
  readonly entries: number;
  readonly masks: number;
}

/**
 * Collects the entries of one family in ascending order of rank, then builds its tables. Masks therefore come in the
 * order of their best rank, and of equal keys the first is the one that counts.
 */
export class TupleSpaceBuilder {
  readonly #words: number;
  readonly #limits: SpaceLimits;
  /** Signature of a mask → its index. */
  readonly #maskOf = new Map<number, number>();
  readonly #masks: number[] = [];
  readonly #bestRanks: number[] = [];
  readonly #sizes: number[] = [];
  #count = 0;
  #keys: Uint32Array;
  #ranks = new Uint32Array(256);
  #maskOfEntry = new Uint32Array(256);

  constructor(words: number, limits: SpaceLimits) {
    this.#words = words;
    this.#limits = limits;
    this.#keys = new Uint32Array(256 * words);
  }

  /**
   * Adds an entry; ranks must not descend. `signature` is a number that equal masks, and only they, have in common.
   * @throws RuleSetError when the space would outgrow its limits
   */
  add(rank: number, signature: number, mask: ArrayLike<number>, key: ArrayLike<number>): void {
    if (this.#count === this.#limits.entries) {
      throw new RuleSetError(
        `the rules expand to more than ${this.#limits.entries} table entries: use fewer or wider port ranges`,
      );
    }
    if (this.#count === this.#ranks.length) this.#grow();
    const maskIndex = this.#maskOf.get(signature) ?? this.#addMask(rank, signature, mask);
    const at = this.#count * this.#words;
    for (let i = 0; i < this.#words; i++) this.#keys[at + i] = key[i] & mask[i];
    this.#ranks[this.#count] = rank;
    this.#maskOfEntry[this.#count] = maskIndex;
    this.#sizes[maskIndex]++;
    this.#count++;
  }

  /** Builds the tables in steps of about a millisecond. */
  *build(): Generator<void, TupleSpace> {
    // A table that finds no place within PROBE_LIMIT tries other seeds, then everything gets twice the room. With
    // four cells per entry (which also keeps most misses at one look) a seed hardly ever fails.
    for (let cellsPerEntry = 4; ; cellsPerEntry *= 2) {
      const space = this.#layOut(cellsPerEntry);
      if (yield* this.#fill(space)) return space;
    }
  }

  #addMask(rank: number, signature: number, mask: ArrayLike<number>): number {
    const index = this.#sizes.length;
    if (index === this.#limits.masks) {
      throw new RuleSetError(
        `the rules use more than ${this.#limits.masks} distinct combinations of prefix lengths, protocol and ports`,
      );
    }
    this.#maskOf.set(signature, index);
    for (let i = 0; i < this.#words; i++) this.#masks.push(mask[i]);
    this.#bestRanks.push(rank);
    this.#sizes.push(0);
    return index;
  }

  #grow(): void {
    const grown = (from: Uint32Array): Uint32Array<ArrayBuffer> => {
      const to = new Uint32Array(2 * from.length);
      to.set(from);
      return to;
    };
    this.#keys = grown(this.#keys);
    this.#ranks = grown(this.#ranks);
    this.#maskOfEntry = grown(this.#maskOfEntry);
  }

  #layOut(cellsPerEntry: number): TupleSpace {
    const tables = sharedIntegers(this.#sizes.length * TABLE_STRIDE);
    let cells = 0;
    this.#sizes.forEach((size, mask) => {
      const homeCells = 1 << Math.ceil(Math.log2(cellsPerEntry * size));
      tables[mask * TABLE_STRIDE + TABLE_BEST_RANK] = this.#bestRanks[mask];
      tables[mask * TABLE_STRIDE + TABLE_FIRST_CELL] = cells;
      tables[mask * TABLE_STRIDE + TABLE_CELL_MASK] = homeCells - 1;
      cells += homeCells + PROBE_LIMIT;
    });
    const masks = sharedWords(this.#masks.length);
    masks.set(this.#masks);
    return {
      words: this.#words,
      maskCount: this.#sizes.length,
      secret: createSecret(),
      masks,
      tables,
      cells: sharedIntegers(2 * cells),
      keys: sharedWords(this.#count * this.#words),
      ranks: sharedIntegers(this.#count),
    };
  }

  *#fill(space: TupleSpace): Generator<void, boolean> {
    const order = this.#orderByMask();
    let from = 0;
    let end = 0;
    for (let mask = 0; mask < space.maskCount; mask++) {
      const to = from + this.#sizes[mask];
      end = yield* this.#fillTable(space, mask, order.subarray(from, to), end);
      if (end < 0) return false;
      from = to;
    }
    return true;
  }

  /** Copies the entries of one mask to `start` and on in the space, without duplicates. Returns the end, -1: failed. */
  *#fillTable(space: TupleSpace, mask: number, order: Uint32Array, start: number): Generator<void, number> {
    for (let seed = 0; seed < SEEDS_PER_SIZE; seed++) {
      clearTable(space, mask, seed);
      let end = start;
      let done = 0;
      for (; done < order.length; done++) {
        this.#copyEntry(order[done], space, end);
        if (findEntry(space, mask, space.keys, end * space.words) < 0 && !place(space, mask, end++)) break;
        if (end % ENTRIES_PER_STEP === 0) yield;
      }
      if (done === order.length) return end;
    }
    return -1;
  }

  #copyEntry(entry: number, space: TupleSpace, to: number): void {
    const { words } = space;
    for (let i = 0; i < words; i++) space.keys[to * words + i] = this.#keys[entry * words + i];
    space.ranks[to] = this.#ranks[entry];
  }

  /** Entry numbers, mask by mask, by rank within a mask (counting sort). */
  #orderByMask(): Uint32Array {
    const next = new Uint32Array(this.#sizes.length);
    for (let mask = 1; mask < next.length; mask++) next[mask] = next[mask - 1] + this.#sizes[mask - 1];
    const order = new Uint32Array(this.#count);
    for (let entry = 0; entry < this.#count; entry++) order[next[this.#maskOfEntry[entry]]++] = entry;
    return order;
  }
}

function sharedWords(length: number): Uint32Array<SharedArrayBuffer> {
  return new Uint32Array(new SharedArrayBuffer(4 * length));
}

/** Signed, because V8 calculates with signed 32-bit integers fastest. */
function sharedIntegers(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

function clearTable(space: TupleSpace, mask: number, seed: number): void {
  const table = mask * TABLE_STRIDE;
  const first = space.tables[table + TABLE_FIRST_CELL];
  space.tables[table + TABLE_SEED] = seed;
  space.cells.fill(0, 2 * first, 2 * (first + space.tables[table + TABLE_CELL_MASK] + 1 + PROBE_LIMIT));
}

/**
 * Robin Hood insertion: who is nearer to its home cell moves on, which keeps the longest probe short. False when
 * some entry would end up PROBE_LIMIT cells from home.
 */
function place(space: TupleSpace, mask: number, entry: number): boolean {
  const { words, masks, tables, cells, keys, secret } = space;
  const table = mask * TABLE_STRIDE;
  const homes = tables[table + TABLE_CELL_MASK];
  let tag = hashMasked(keys, entry * words, masks, mask * words, words, secret, tables[table + TABLE_SEED]);
  let moving = entry;
  let cell = 2 * (tables[table + TABLE_FIRST_CELL] + (tag & homes));
  for (let distance = 0; distance < PROBE_LIMIT; distance++, cell += 2) {
    const resident = cells[cell];
    if (resident === 0) {
      cells[cell] = tag;
      cells[cell + 1] = moving;
      return true;
    }
    const residentHome = 2 * (tables[table + TABLE_FIRST_CELL] + (resident & homes));
    const residentDistance = (cell - residentHome) / 2;
    if (residentDistance >= distance) continue;
    const evicted = cells[cell + 1];
    cells[cell] = tag;
    cells[cell + 1] = moving;
    tag = resident;
    moving = evicted;
    distance = residentDistance;
  }
  return false;
}
