import type { FlowRecord } from '../../engine/flow-table.ts';
import { KEY_STRIDE } from '../../engine/packet-key.ts';
import type { Action } from '../../engine/rule.ts';
import { topIndexes } from '../../engine/top-indexes.ts';
import { FLOW_CELLS, Flow } from './guard-layout.ts';
import { unixOffsetMs } from './monotonic-clock.ts';

/** Reads up to `entries` entries of a hash map: keys and values one after the other. Returns how many. */
export type ReadEntries = (keys: Uint8Array, values: Uint8Array, entries: number) => number;

/** The flow table of the program, read whole and looked at in part. */
export class KernelFlows {
  readonly capacity: number;
  readonly #read: ReadEntries;
  readonly #idleMs: number;
  readonly #keys: Uint32Array<ArrayBuffer>;
  /** The 64-bit cells in halves, the lower first: BigInts would be garbage. */
  readonly #halves: Uint32Array<ArrayBuffer>;
  readonly #order: Float64Array;

  /** @param capacity flows that the map holds @param idleMs a flow silent for longer has ended */
  constructor(capacity: number, idleMs: number, read: ReadEntries) {
    this.capacity = capacity;
    this.#read = read;
    this.#idleMs = idleMs;
    this.#keys = new Uint32Array(capacity * KEY_STRIDE);
    this.#halves = new Uint32Array(capacity * FLOW_CELLS * 2);
    this.#order = new Float64Array(capacity);
  }

  /** The `limit` largest flows that have not ended, largest first. */
  top(limit: number, order: 'bytes' | 'packets'): FlowRecord[] {
    const count = this.#load();
    const oldestNs = this.#oldestNs();
    const by = order === 'bytes' ? Flow.bytes : Flow.packets;
    for (let i = 0; i < count; i++) this.#order[i] = this.#cell(i, by);
    const isAlive = (i: number) => this.#cell(i, Flow.lastNs) >= oldestNs;
    const offsetMs = unixOffsetMs();
    return topIndexes(this.#order.subarray(0, count), limit, isAlive).map((i) => this.#record(i, offsetMs));
  }

  /** Flows in the map: all, and those of them that have not ended. */
  count(): { readonly stored: number; readonly active: number } {
    const stored = this.#load();
    const oldestNs = this.#oldestNs();
    let active = 0;
    for (let i = 0; i < stored; i++) {
      if (this.#cell(i, Flow.lastNs) >= oldestNs) active++;
    }
    return { stored, active };
  }

  #load(): number {
    const keys = new Uint8Array(this.#keys.buffer);
    return this.#read(keys, new Uint8Array(this.#halves.buffer), this.capacity);
  }

  /** A cell of flow `i`, exact up to 2^53. */
  #cell(i: number, cell: number): number {
    const at = 2 * (i * FLOW_CELLS + cell);
    return this.#halves[at] + this.#halves[at + 1] * 2 ** 32;
  }

  #oldestNs(): number {
    return Number(process.hrtime.bigint()) - this.#idleMs * 1e6;
  }

  #record(i: number, offsetMs: number): FlowRecord {
    const unixMs = (cell: number) => Math.floor(this.#cell(i, cell) / 1e6 + offsetMs);
    const verdict = 2 * (i * FLOW_CELLS + Flow.verdict);
    return {
      key: this.#keys.slice(i * KEY_STRIDE, (i + 1) * KEY_STRIDE),
      packets: this.#cell(i, Flow.packets),
      bytes: this.#cell(i, Flow.bytes),
      droppedPackets: this.#cell(i, Flow.dropped),
      firstSeenMs: unixMs(Flow.firstNs),
      lastSeenMs: unixMs(Flow.lastNs),
      action: this.#halves[verdict] as Action,
      serial: this.#halves[verdict + 1],
    };
  }
}
