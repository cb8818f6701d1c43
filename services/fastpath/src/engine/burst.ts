import { KEY_STRIDE } from './packet-key.ts';

/** `ipOffset` of a packet whose IP header the port never saw (the `udp` port). */
export const NO_HEADER = 0xffffffff;

/**
 * Packets as a port hands them to the engine: columns that the port owns, fills and reuses. Packet `i` has its key
 * at word `i * KEY_STRIDE` of `keys` and its UDP payload at `offset[i]` of `memory`.
 */
export class Burst {
  count = 0;
  /** Set for each burst: wall clock, Unix time in microseconds. */
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

  constructor(capacity: number, memory: Uint8Array) {
    this.capacity = capacity;
    this.memory = memory;
    this.keys = new Uint32Array(capacity * KEY_STRIDE);
    this.offset = new Uint32Array(capacity);
    this.length = new Uint32Array(capacity);
    this.space = new Uint32Array(capacity);
    this.ipLength = new Uint32Array(capacity);
    this.ipOffset = new Uint32Array(capacity).fill(NO_HEADER);
  }
}
