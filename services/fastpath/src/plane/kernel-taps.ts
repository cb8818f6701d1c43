import { Burst } from '../engine/burst.ts';
import { type CapturedPacket, CaptureTap } from '../engine/capture-tap.ts';
import type { KernelDrop, KernelGuardPort } from '../port/port.ts';
import type { TapInit } from './worker-messages.ts';

type Tap = { readonly ring: CaptureTap; readonly snapLength: number; readonly lostBefore: number };

/**
 * What captures see of the packets that end in the kernel, most of them dropped by rules, and that no worker ever has. The kernel keeps them
 * for all captures together; here each capture gets those that pass its filter, in a ring of its own.
 */
export class KernelTaps {
  readonly #kernel: KernelGuardPort;
  readonly #taps = new Map<number, Tap>();
  #lost = 0;

  constructor(kernel: KernelGuardPort) {
    this.#kernel = kernel;
  }

  add({ id, options }: TapInit): void {
    this.#share(); // what was dropped before is not for the new one
    this.#taps.set(id, {
      ring: new CaptureTap(options),
      snapLength: options.snapLength,
      lostBefore: this.#lost,
    });
    this.#kernel.captureDrops(this.#snapLength());
  }

  remove(id: number): void {
    if (this.#taps.delete(id)) this.#kernel.captureDrops(this.#snapLength());
  }

  /** Those of one capture since its last drain. Packets lost in the kernel count for every capture: nobody can filter them. */
  drain(id: number): CapturedPacket[] {
    this.#share();
    const tap = this.#taps.get(id);
    if (tap === undefined) return [];
    const lostInKernel = this.#lost - tap.lostBefore;
    return tap.ring.drain().map((packet) => ({ ...packet, lost: packet.lost + lostInKernel }));
  }

  #share(): void {
    const { packets, lost } = this.#kernel.drainDrops();
    this.#lost = lost;
    for (const packet of packets) {
      const burst = burstOf(packet);
      for (const { ring } of this.#taps.values())
        ring.offer(burst, 0, packet.action, packet.serial, packet.dropped);
    }
  }

  /** The longest that any capture wants; 0 = none captures. */
  #snapLength(): number {
    return Math.max(0, ...[...this.#taps.values()].map(({ snapLength }) => snapLength || 65_535));
  }
}

function burstOf({ timeUs, key, data, originalLength }: KernelDrop): Burst {
  const burst = new Burst(1, data);
  burst.count = 1;
  burst.timeUs = timeUs;
  burst.keys.set(key);
  burst.ipOffset[0] = 0;
  burst.ipLength[0] = originalLength;
  return burst;
}
