import { Handle } from './handle.ts';
import { native } from './native.ts';
import type { NativePool, NativePoolOptions } from './native-addon.ts';
import { integer, oneOf, powerOfTwo } from './validate.ts';

const HUGEPAGES = ['off', 'auto', 'on'] as const;
const ANY_NODE = -1;
const SLOTS_MAX = 2 ** 24;

export interface BufferPoolOptions {
  /** 1 to 2^24. */
  readonly slots: number;
  /** Bytes: a power of two from 2048 to 65536; for sockets 2048 or 4096. */
  readonly slotSize: number;
  /** Bytes behind the slots that are part of no slot. Default 0. */
  readonly tailSize?: number;
  /** The NUMA node on which every page must be. Default: any. */
  readonly numaNode?: number;
  /** 2 MiB pages: `auto` (default) falls back to 4 KiB pages, `on` fails without them. */
  readonly hugepages?: (typeof HUGEPAGES)[number];
}

export interface BufferPoolStats {
  readonly slots: number;
  readonly used: number;
  readonly peak: number;
  /** Slots handed out since the pool was made. */
  readonly allocations: number;
  /** Slots that were asked for and not there. */
  readonly failures: number;
}

function nativeOptions(options: BufferPoolOptions): NativePoolOptions {
  const { slots, slotSize, tailSize = 0, numaNode = ANY_NODE, hugepages = 'auto' } = options;
  return {
    slots: integer('slots', slots, 1, SLOTS_MAX),
    slotSize: powerOfTwo('slotSize', slotSize, 2048, 65536),
    tailSize: integer('tailSize', tailSize, 0, Number.MAX_SAFE_INTEGER),
    numaNode: integer('numaNode', numaNode, ANY_NODE, 1023),
    hugepages: oneOf('hugepages', hugepages, HUGEPAGES),
  };
}

/** For the other classes of this package. */
export let nativePool: (pool: BufferPool) => NativePool;

/**
 * Fixed-size slots in one mapping, bound to a NUMA node on request, all of it in memory from the start. Sockets use it
 * as their UMEM. Any thread may alloc and free. The memory goes with the last holder: pools, sockets and exchanges of
 * any thread, and ArrayBuffers.
 */
export class BufferPool {
  readonly slots: number;
  /** Bytes. */
  readonly slotSize: number;
  /** Bytes of a page as the kernel has it: 4096 or 2 MiB. */
  readonly pageSize: number;
  /** Where the tail begins in `memory`, in bytes. */
  readonly tailOffset: number;
  readonly #native: NativePool;
  #memory: Uint8Array<ArrayBuffer> | null = null;

  /** @throws TypeError, RangeError; Error with code ENOMEM, EINVAL, EPERM or EXDEV */
  constructor(options: BufferPoolOptions);
  /** @internal */
  constructor(handle: Handle);
  constructor(source: BufferPoolOptions | Handle) {
    const { BufferPool: Native } = native();
    this.#native = new Native(source instanceof Handle ? source.number : nativeOptions(source));
    const { slotSize, pageSize, tailOffset } = this.#native.layout();
    this.slots = this.#native.stats().slots;
    this.slotSize = slotSize;
    this.pageSize = pageSize;
    this.tailOffset = tailOffset;
  }

  static {
    nativePool = (pool) => pool.#native;
  }

  /** The pool that another thread gave a handle of. @throws Error with code EBADF when that pool is closed */
  static fromHandle(handle: number): BufferPool {
    return new BufferPool(new Handle(handle));
  }

  /** By which other threads of this process find the pool, as long as this object is open. */
  get handle(): number {
    return this.#native.handle();
  }

  /** Slots and tail; length 0 after close. Slot n begins at n × slotSize. */
  get memory(): Uint8Array<ArrayBuffer> {
    this.#memory ??= new Uint8Array(this.#native.memory());
    return this.#memory;
  }

  /** A free slot, or -1 when there is none. */
  alloc(): number {
    return this.#native.alloc();
  }

  /** @throws Error with code EINVAL for a slot that is free or foreign */
  free(slot: number): void {
    this.#native.free(slot);
  }

  /** Fills `slots` with free slots. @returns how many there were */
  allocBurst(slots: Uint32Array): number {
    return this.#native.allocBurst(slots);
  }

  /** Frees the first `count` of `slots`; all or, when one is free, foreign or named twice, none. */
  freeBurst(slots: Uint32Array, count: number): void {
    this.#native.freeBurst(slots, count);
  }

  stats(): BufferPoolStats {
    return this.#native.stats();
  }

  /** Asks the kernel where the pages are. @returns pages by node */
  pagesOnNodes(): number[] {
    return this.#native.pagesOnNodes();
  }

  /** Idempotent. Memory of this object becomes unreachable; other holders keep theirs. */
  close(): void {
    this.#native.close();
    // Detached by now, or never made.
    this.#memory ??= new Uint8Array(0);
  }
}
