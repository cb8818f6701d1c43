import { type Burst, NO_HEADER } from './burst.ts';
import { type CaptureFilter, passesFilter } from './capture-filter.ts';
import { writeUdpHeaders } from './packet-build.ts';
import { KEY_STRIDE } from './packet-key.ts';
import type { Action } from './rule.ts';

export interface CaptureTapOptions {
  readonly filter: CaptureFilter;
  /** Bytes kept of each packet from the IP header on; 0 = all. */
  readonly snapLength: number;
  /** What is kept between two drains at most: packets, and bytes of them. */
  readonly ringPackets: number;
  readonly ringBytes: number;
}

export interface CapturedPacket {
  /** Unix time in microseconds. */
  readonly timeUs: number;
  /** From the IP header on. All packets of one drain lie in one buffer. */
  readonly data: Uint8Array<ArrayBuffer>;
  readonly originalLength: number;
  readonly action: Action;
  /** Of the rule that decided, 0 = none. */
  readonly serial: number;
  readonly dropped: boolean;
  /** Packets that passed the filter and found no room before this one, since the tap exists. */
  readonly lost: number;
}

/** One subscription to the packets of one worker: bounded, and never in the way of the traffic. */
export class CaptureTap {
  readonly #options: CaptureTapOptions;
  readonly #memory: Uint8Array<ArrayBuffer>;
  #used = 0;
  #lost = 0;
  #packets: CapturedPacket[] = [];

  constructor(options: CaptureTapOptions) {
    this.#options = options;
    this.#memory = new Uint8Array(options.ringBytes);
  }

  /** Shows the tap packet `i` of the burst, before its handler may write over it. */
  offer(burst: Burst, i: number, action: Action, serial: number, dropped: boolean): void {
    if (!passesFilter(this.#options.filter, burst.keys, i * KEY_STRIDE, serial, dropped)) return;
    const originalLength = burst.ipLength[i];
    const length = Math.min(this.#options.snapLength || originalLength, availableLength(burst, i));
    if (this.#packets.length === this.#options.ringPackets || this.#used + length > this.#memory.length) {
      this.#lost++;
      return;
    }
    const data = this.#memory.subarray(this.#used, this.#used + length);
    copyPacket(burst, i, data);
    this.#used += length;
    const lost = this.#lost;
    this.#packets.push({ timeUs: burst.timeUs, data, originalLength, action, serial, dropped, lost });
  }

  /** Takes everything kept since the last drain; the packets lie in one buffer, which is the caller's to keep. */
  drain(): CapturedPacket[] {
    const kept = this.#memory.slice(0, this.#used);
    const packets = this.#packets.map((packet) => {
      const { byteOffset, length } = packet.data;
      return { ...packet, data: kept.subarray(byteOffset, byteOffset + length) };
    });
    this.#packets = [];
    this.#used = 0;
    return packets;
  }
}

/** The whole packet, or what of it is in memory: the kernel keeps only the first bytes of those that it drops. */
function availableLength({ ipOffset, ipLength, memory }: Burst, i: number): number {
  return ipOffset[i] === NO_HEADER ? ipLength[i] : Math.min(ipLength[i], memory.length - ipOffset[i]);
}

/** Fills the target with the packet's first bytes; where the port never saw the headers, true ones are made. */
function copyPacket(burst: Burst, i: number, target: Uint8Array): void {
  const from = burst.ipOffset[i];
  if (from !== NO_HEADER) {
    target.set(burst.memory.subarray(from, from + target.length));
    return;
  }
  const payload = burst.memory.subarray(burst.offset[i], burst.offset[i] + burst.length[i]);
  const headers = writeUdpHeaders(burst.keys, i * KEY_STRIDE, payload);
  target.set(headers.subarray(0, target.length));
  if (target.length > headers.length) {
    target.set(payload.subarray(0, target.length - headers.length), headers.length);
  }
}
