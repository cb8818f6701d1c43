import { KEY_STRIDE } from './packet-key.ts';

/** `ipOffset` of a packet whose IP header the port never saw (the `udp` port). */
export const NO_HEADER = 0xffffffff;

type BurstColumns = Pick<Burst, 'offset' | 'length' | 'space' | 'ipLength' | 'ipOffset'>;

/**
 * Packets as a port hands them to the engine: columns that the port owns, fills and reuses. Packet `i` has its key
 * at word `i * KEY_STRIDE` of `keys` and its UDP payload at `offset[i]` of `memory`.
 */
export class Burst {
  count = 0;
  /** Set for each burst: wall clock, see nowUs. */
  timeUs = 0;
  readonly capacity: number;
  readonly memory: Uint8Array;
  readonly keys: Uint32Array;
  /** Payload: start in memory, length, and how many bytes from `offset` on a reply may use. */
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  readonly space: Uint32Array;
  /** Length of the IP packet: what byte counters count. */
  readonly ipLength: Uint32Array;
  /** Start of the IP header in memory, or NO_HEADER. */
  readonly ipOffset: Uint32Array;

  /** @param columns those that exist already, in native memory for instance; the others are made */
  constructor(capacity: number, memory: Uint8Array, columns: Partial<BurstColumns> = {}) {
    this.capacity = capacity;
    this.memory = memory;
    this.keys = new Uint32Array(capacity * KEY_STRIDE);
    this.offset = columns.offset ?? new Uint32Array(capacity);
    this.length = columns.length ?? new Uint32Array(capacity);
    this.space = columns.space ?? new Uint32Array(capacity);
    this.ipLength = columns.ipLength ?? new Uint32Array(capacity);
    this.ipOffset = columns.ipOffset ?? new Uint32Array(capacity).fill(NO_HEADER);
  }
}

/** Unix time in microseconds. */
export function nowUs(): number {
  return Math.trunc((performance.timeOrigin + performance.now()) * 1000);
}
