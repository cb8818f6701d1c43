import { CELLS_PER_SLOT, slotCell } from './counters.ts';

/** What one rule decided since it got its slot. */
export interface RuleCounts {
  /** All packets and bytes (IP packet lengths) that the rule decided. */
  readonly packets: number;
  readonly bytes: number;
  /** Of these, dropped: by the action drop, or over the rate. */
  readonly droppedPackets: number;
}

/** Counters of the rule slots, wherever the rules are enforced: in the data workers, or in the kernel. */
export interface RuleCounters {
  /** Adds up one slot over all that count. */
  read(slot: number): RuleCounts;
  /** Zeroes a slot. Only when nobody enforces a rule that has it any more. */
  clear(slot: number): void;
}

/** Rules are enforced in the data workers: each counts in the slab of its own (counters.ts). */
export class SlabRuleCounters implements RuleCounters {
  readonly #slabs: readonly Float64Array[];

  constructor(slabs: readonly Float64Array[]) {
    this.#slabs = slabs;
  }

  read(slot: number): RuleCounts {
    const cell = slotCell(slot);
    const counts = { packets: 0, bytes: 0, droppedPackets: 0 };
    for (const slab of this.#slabs) {
      counts.packets += slab[cell];
      counts.bytes += slab[cell + 1];
      counts.droppedPackets += slab[cell + 2];
    }
    return counts;
  }

  clear(slot: number): void {
    const cell = slotCell(slot);
    for (const slab of this.#slabs) slab.fill(0, cell, cell + CELLS_PER_SLOT);
  }
}
