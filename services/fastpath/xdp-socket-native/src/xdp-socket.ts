import { type BufferPool, nativePool } from './buffer-pool.ts';
import { Handle } from './handle.ts';
import { native } from './native.ts';
import type { Addresses, NativeSocket, NativeSocketOptions, XdpSocketStats } from './native-addon.ts';
import { flag, integer, interfaceName, oneOf, powerOfTwo } from './validate.ts';

const COPY_MODES = ['auto', 'copy', 'zero-copy'] as const;
const RING_MAX = 65536;

export interface XdpSocketOptions {
  /** Serves as UMEM. Sockets that share a pool share its UMEM. */
  readonly pool: BufferPool;
  readonly interface: string;
  /** RX and TX queue of the interface, from 0. */
  readonly queue: number;
  /** `auto` (default): zero-copy where the driver has it, else copy. */
  readonly copyMode?: (typeof COPY_MODES)[number];
  /** Descriptors of each ring: a power of two, default 2048. */
  readonly rxSize?: number;
  readonly txSize?: number;
  readonly fillSize?: number;
  readonly completionSize?: number;
  /** Let the kernel say when it wants to be woken up, instead of waking it each time. Default true. */
  readonly needWakeup?: boolean;
  /** Packets of several frames, where the kernel has them (6.6). Default true. */
  readonly frags?: boolean;
  /** Microseconds for which a waiting thread polls the device itself. Default 0: off. */
  readonly busyPollUs?: number;
  /** Packets of one busy poll. Default 64. */
  readonly busyPollBudget?: number;
}

function nativeOptions(options: XdpSocketOptions): NativeSocketOptions {
  const { rxSize = 2048, txSize = 2048, fillSize = 2048, completionSize = 2048 } = options;
  return {
    interface: interfaceName(options.interface),
    queue: integer('queue', options.queue, 0, 65535),
    copyMode: oneOf('copyMode', options.copyMode ?? 'auto', COPY_MODES),
    rxSize: powerOfTwo('rxSize', rxSize, 1, RING_MAX),
    txSize: powerOfTwo('txSize', txSize, 1, RING_MAX),
    fillSize: powerOfTwo('fillSize', fillSize, 1, RING_MAX),
    completionSize: powerOfTwo('completionSize', completionSize, 1, RING_MAX),
    needWakeup: flag('needWakeup', options.needWakeup ?? true),
    frags: flag('frags', options.frags ?? true),
    busyPollUs: integer('busyPollUs', options.busyPollUs ?? 0, 0, 1_000_000),
    busyPollBudget: integer('busyPollBudget', options.busyPollBudget ?? 64, 0, 65535),
  };
}

/** For the other classes of this package. */
export let nativeSocket: (socket: XdpSocket) => NativeSocket;

/**
 * An AF_XDP socket on one queue. One holder at a time, of any thread, claims it and moves packets; every frame that it
 * receives is its own until it is given to transmit() or recycle(). A burst is three arrays, a descriptor in each row:
 * address (bytes from the start of the pool's memory), length (bytes) and options (PACKET_CONTINUES).
 */
export class XdpSocket {
  /** As the kernel says, never assumed. */
  readonly zeroCopy: boolean;
  /** Packets may have several frames. */
  readonly frags: boolean;
  readonly #native: NativeSocket;

  /** @throws TypeError, RangeError; Error with code EBUSY, EOPNOTSUPP, ENODEV, EINVAL, EPERM, … */
  constructor(options: XdpSocketOptions);
  /** @internal */
  constructor(handle: Handle);
  constructor(source: XdpSocketOptions | Handle) {
    const { XdpSocket: Native } = native();
    this.#native =
      source instanceof Handle
        ? new Native(source.number)
        : new Native(nativePool(source.pool), nativeOptions(source));
    const { zeroCopy, frags } = this.#native.info();
    this.zeroCopy = zeroCopy;
    this.frags = frags;
  }

  static {
    nativeSocket = (socket) => socket.#native;
  }

  /** The socket that another thread gave a handle of. @throws Error with code EBADF when that socket is closed */
  static fromHandle(handle: number): XdpSocket {
    return new XdpSocket(new Handle(handle));
  }

  /** By which other threads of this process find the socket, as long as this object is open. */
  get handle(): number {
    return this.#native.handle();
  }

  /**
   * Makes this object the one that may receive and send, and takes back every frame that a holder which died had in
   * hand. @returns packets of its last burst @throws Error with code EBUSY while another has the claim
   */
  claim(): number {
    return this.#native.claim();
  }

  release(): void {
    this.#native.release();
  }

  /** Takes what is in the RX ring, as much as the arrays hold, whole packets only. Never blocks. @returns rows */
  receive(addresses: Addresses, lengths: Uint32Array, options: Uint32Array): number {
    return this.#native.receive(addresses, lengths, options);
  }

  /** Sends the first `count` rows. @returns rows that the TX ring took; the rest is still the caller's */
  transmit(addresses: Addresses, lengths: Uint32Array, options: Uint32Array, count: number): number {
    return this.#native.transmit(addresses, lengths, options, count);
  }

  /** Gives the frames of the first `count` rows back. @throws Error with code EINVAL for frames not in hand */
  recycle(addresses: Addresses, lengths: Uint32Array, options: Uint32Array, count: number): void {
    this.#native.recycle(addresses, lengths, options, count);
  }

  /**
   * Waits for packets. @param timeoutMs -1: without limit @returns true when there are some; false when the time is
   * over or the event loop of this thread has something to do
   */
  wait(timeoutMs: number): boolean {
    return this.#native.wait(timeoutMs);
  }

  /** From any thread. */
  stats(): XdpSocketStats {
    return this.#native.stats();
  }

  /**
   * Idempotent. Of the object that opened the socket: ends it for all holders. Of one made from a handle: gives up its
   * claim and nothing else.
   */
  close(): void {
    this.#native.close();
  }
}
