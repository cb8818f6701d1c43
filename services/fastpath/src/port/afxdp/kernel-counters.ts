import type { RuleCounters, RuleCounts } from '../../engine/rule-counters.ts';
import { RULE_COUNTERS_STRIDE, TOTAL_CELLS, TOTALS_STRIDE } from './guard-layout.ts';

/**
 * Everything that the program counted since it was loaded. judged = redirected + decided;
 * decided = passed + rule + rateLimit + malformed + unsupported + noSocket.
 */
export type KernelTotals = Record<(typeof TOTAL_CELLS)[number], number>;

/** Adds up all lanes. */
export function readKernelTotals(cells: BigUint64Array): KernelTotals {
  const sums = TOTAL_CELLS.map((_, cell) => {
    let sum = 0n;
    for (let at = cell; at < cells.length; at += TOTALS_STRIDE) sum += cells[at];
    return Number(sum);
  });
  return Object.fromEntries(TOTAL_CELLS.map((name, cell) => [name, sums[cell]])) as KernelTotals;
}

/** The rule counters in the map of the program: each lane has a cell triple for every slot. */
export class KernelRuleCounters implements RuleCounters {
  #cells: BigUint64Array;
  readonly #laneStride: number;

  /** @param slots rule slots of a lane */
  constructor(cells: BigUint64Array, slots: number) {
    this.#cells = cells;
    this.#laneStride = slots * RULE_COUNTERS_STRIDE;
  }

  read(slot: number): RuleCounts {
    const at = slot * RULE_COUNTERS_STRIDE;
    return { packets: this.#sum(at), bytes: this.#sum(at + 1), droppedPackets: this.#sum(at + 2) };
  }

  clear(slot: number): void {
    const from = slot * RULE_COUNTERS_STRIDE;
    for (let at = from; at < this.#cells.length; at += this.#laneStride) {
      this.#cells.fill(0n, at, at + RULE_COUNTERS_STRIDE);
    }
  }

  /** Keeps the sums, as the map is about to go. */
  freeze(): void {
    const sums = new BigUint64Array(this.#laneStride);
    for (let at = 0; at < this.#cells.length; at++) sums[at % this.#laneStride] += this.#cells[at];
    this.#cells = sums;
  }

  #sum(cell: number): number {
    let sum = 0n;
    for (let at = cell; at < this.#cells.length; at += this.#laneStride) sum += this.#cells[at];
    return Number(sum);
  }
}
