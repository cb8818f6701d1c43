import {
  type CompiledRules,
  TABLE_BEST_RANK,
  TABLE_CELL_MASK,
  TABLE_FIRST_CELL,
  TABLE_SEED,
  TABLE_STRIDE,
  type TupleSpace,
} from '../../engine/compiled-rules.ts';
import { Action } from '../../engine/rule.ts';
import {
  CELL_WORDS,
  CHUNK_WORDS,
  Entry,
  FILTER_SHIFT,
  Header,
  itemWords,
  RATE_WORDS,
  Rate,
  Row,
  Space,
  VERDICT_SHIFT,
} from './guard-layout.ts';

/*
 * Compiled rules as the BPF program reads them (bpf/guard.h). The tables are those of `CompiledRules`, cell by cell;
 * the rest is laid out so that a lookup touches little memory: a filter answers nearly all lookups that would find
 * nothing, and an entry holds the verdict of its rule beside its key.
 */

/** Steps of well under a millisecond. */
const ITEMS_PER_STEP = 8192;
const CELLS_PER_STEP = 1 << 16;

/** First chunks of the sections of one family. */
interface Sections {
  readonly masks: number;
  readonly filter: number;
  readonly cells: number;
  readonly entries: number;
}

/** Where everything goes in the image of one rule set. */
export interface ImageLayout {
  readonly chunks: number;
  readonly ipv4: Sections;
  readonly ipv6: Sections;
  readonly rates: number;
}

/** Plans the image: how large it is and what lies where. */
export function planImage(rules: CompiledRules): ImageLayout {
  let chunks = 1;
  const section = (words: number): number => {
    const first = chunks;
    chunks += Math.ceil(words / CHUNK_WORDS);
    return first;
  };
  const sections = (space: TupleSpace): Sections => ({
    masks: section(space.maskCount * itemWords(space.words)),
    filter: section(2 * filterWords(space)),
    cells: section(space.cells.length),
    entries: section(space.ranks.length * itemWords(space.words)),
  });
  const ipv4 = sections(rules.ipv4);
  const ipv6 = sections(rules.ipv6);
  const rates = section(RATE_WORDS * rules.actions.filter((action) => action === Action.rateLimit).length);
  return { chunks, ipv4, ipv6, rates };
}

/** Writes the image into memory of `layout.chunks` chunks or more, in steps of under a millisecond. */
export function* writeImage(
  rules: CompiledRules,
  layout: ImageLayout,
  memory: ArrayBuffer,
): Generator<void, void> {
  const image = new Uint32Array(memory);
  image[Header.rates] = layout.rates;
  const verdicts = yield* writeRates(rules, image, layout.rates * CHUNK_WORDS);
  yield* writeSpace(rules, rules.ipv4, verdicts, image, Header.ipv4, layout.ipv4);
  yield* writeSpace(rules, rules.ipv6, verdicts, image, Header.ipv6, layout.ipv6);
}

/** 64-bit words of the filter. */
function filterWords(space: TupleSpace): number {
  return Math.ceil(space.cells.length / CELL_WORDS / (1 << FILTER_SHIFT));
}

/** Writes the rates of the rate_limit rules one after the other. Returns the verdicts of all rules by rank. */
function* writeRates(rules: CompiledRules, image: Uint32Array, start: number): Generator<void, Uint32Array> {
  const wide = new BigInt64Array(image.buffer);
  const verdicts = new Uint32Array(rules.ruleCount);
  let count = 0;
  for (let rank = 0; rank < rules.ruleCount; rank++) {
    verdicts[rank] = rules.actions[rank];
    if (rank % ITEMS_PER_STEP === 0) yield;
    if (rules.actions[rank] !== Action.rateLimit) continue;
    const at = start + count * RATE_WORDS;
    wide[(at + Rate.interval) / 2] = rules.intervals[rank];
    wide[(at + Rate.limit) / 2] = rules.limits[rank];
    image[at + Rate.bucket] = rules.buckets[rank];
    verdicts[rank] |= count++ << VERDICT_SHIFT;
  }
  return verdicts;
}

function* writeSpace(
  rules: CompiledRules,
  space: TupleSpace,
  verdicts: Uint32Array,
  image: Uint32Array,
  header: number,
  sections: Sections,
): Generator<void, void> {
  image[header + Space.maskCount] = space.maskCount;
  image[header + Space.masks] = sections.masks;
  image[header + Space.filter] = sections.filter;
  image[header + Space.cells] = sections.cells;
  image[header + Space.entries] = sections.entries;
  image.set(space.secret, header + Space.secret);
  writeRows(space, image, sections.masks * CHUNK_WORDS);
  yield* writeFilter(space, image, sections.filter * CHUNK_WORDS);
  yield* writeCells(space, image, sections.cells * CHUNK_WORDS);
  yield* writeEntries(rules, space, verdicts, image, sections.entries * CHUNK_WORDS);
}

function writeRows({ words, maskCount, tables, masks }: TupleSpace, image: Uint32Array, start: number): void {
  for (let mask = 0; mask < maskCount; mask++) {
    const row = start + mask * itemWords(words);
    const table = mask * TABLE_STRIDE;
    image[row + Row.bestRank] = tables[table + TABLE_BEST_RANK];
    image[row + Row.firstCell] = tables[table + TABLE_FIRST_CELL];
    image[row + Row.cellMask] = tables[table + TABLE_CELL_MASK];
    image[row + Row.seed] = tables[table + TABLE_SEED];
    for (let word = 0; word < words; word++) image[row + Row.mask + word] = masks[mask * words + word];
  }
}

/** Two bits for every key, in the word of its home cell, chosen by the ends of its hash that are no part of that. */
function* writeFilter(space: TupleSpace, image: Uint32Array, start: number): Generator<void, void> {
  const { maskCount, tables, cells } = space;
  image.fill(0, start, start + 2 * filterWords(space));
  let mask = -1;
  let end = 0;
  let first = 0;
  let cellMask = 0;
  for (let cell = 0; cell < cells.length / CELL_WORDS; cell++) {
    // Tables lie one after the other.
    while (cell === end && mask + 1 < maskCount) {
      const table = ++mask * TABLE_STRIDE;
      first = tables[table + TABLE_FIRST_CELL];
      cellMask = tables[table + TABLE_CELL_MASK];
      end =
        mask + 1 < maskCount ? tables[table + TABLE_STRIDE + TABLE_FIRST_CELL] : cells.length / CELL_WORDS;
    }
    if (cell % CELLS_PER_STEP === 0) yield;
    const tag = cells[cell * CELL_WORDS];
    if (tag === 0) continue;
    const word = start + 2 * ((first + (tag & cellMask)) >>> FILTER_SHIFT);
    setBit(image, word, tag >>> 26);
    setBit(image, word, (tag >>> 20) & 63);
  }
}

/** Bit 0 to 63 of the little-endian 64-bit word at `word`. */
function setBit(image: Uint32Array, word: number, bit: number): void {
  image[word + (bit >>> 5)] |= 1 << (bit & 31);
}

function* writeCells({ cells }: TupleSpace, image: Uint32Array, start: number): Generator<void, void> {
  for (let from = 0; from < cells.length; from += CELLS_PER_STEP) {
    image.set(cells.subarray(from, from + CELLS_PER_STEP), start + from);
    yield;
  }
}

function* writeEntries(
  { slots, serials, ruleCount }: CompiledRules,
  { words, keys, ranks }: TupleSpace,
  verdicts: Uint32Array,
  image: Uint32Array,
  start: number,
): Generator<void, void> {
  if (ruleCount === 0) return;
  for (let entry = 0; entry < ranks.length; entry++) {
    const at = start + entry * itemWords(words);
    const rank = ranks[entry];
    image[at + Entry.rank] = rank;
    image[at + Entry.slot] = slots[rank];
    image[at + Entry.serial] = serials[rank];
    image[at + Entry.verdict] = verdicts[rank];
    for (let word = 0; word < words; word++) image[at + Entry.key + word] = keys[entry * words + word];
    if (entry % ITEMS_PER_STEP === 0) yield;
  }
}
