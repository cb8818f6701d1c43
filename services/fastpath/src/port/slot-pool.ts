const SLOTS = 0;
const USED = 1;
const PEAK = 2;

/** Occupancy of one worker's slot pool, on shared memory so that the control thread can read it at any time. */
export type SlotGauge = Int32Array<SharedArrayBuffer>;

export function createSlotGauge(): SlotGauge {
  return new Int32Array(new SharedArrayBuffer(12));
}

export function readSlotGauge(gauge: SlotGauge): { slots: number; used: number; peak: number } {
  return { slots: gauge[SLOTS], used: gauge[USED], peak: gauge[PEAK] };
}

/** For slots that are not in a SlotPool. */
export function writeSlotGauge(gauge: SlotGauge, slots: number, used: number, peak: number): void {
  gauge.set([slots, used, peak]);
}

/** Fixed-size packet slots over one slab. O(1), last in first out, so that the warm slots are used again. */
export class SlotPool {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly slotSize: number;
  readonly #free: Int32Array;
  readonly #taken: Uint8Array;
  readonly #gauge: SlotGauge;
  #freeCount: number;

  constructor(slots: number, slotSize: number, gauge: SlotGauge) {
    this.memory = new Uint8Array(slots * slotSize);
    this.slotSize = slotSize;
    this.#free = Int32Array.from({ length: slots }, (_, index) => slots - 1 - index);
    this.#freeCount = slots;
    this.#taken = new Uint8Array(slots);
    this.#gauge = gauge;
    gauge.set([slots, 0, 0]);
  }

  /** A free slot, or -1 when there is none. */
  take(): number {
    if (this.#freeCount === 0) return -1;
    const slot = this.#free[--this.#freeCount];
    this.#taken[slot] = 1;
    const used = this.#free.length - this.#freeCount;
    this.#gauge[USED] = used;
    if (used > this.#gauge[PEAK]) this.#gauge[PEAK] = used;
    return slot;
  }

  /** @throws RangeError for a slot that is not taken: a double free would give one slot to two packets. */
  give(slot: number): void {
    if (this.#taken[slot] !== 1) throw new RangeError(`slot ${slot} is not taken`);
    this.#taken[slot] = 0;
    this.#free[this.#freeCount++] = slot;
    this.#gauge[USED] = this.#free.length - this.#freeCount;
  }

  get used(): number {
    return this.#free.length - this.#freeCount;
  }
}
