import { Handle } from './handle.ts';
import { native } from './native.ts';
import type { NativeExchange, UdpExchangeCounters } from './native-addon.ts';
import { integer } from './validate.ts';
import { nativeSocket, type XdpSocket } from './xdp-socket.ts';

const BURST_MAX = 256;
const COALESCE_US_MAX = 1000;
/** Columns in shared memory, in the order of struct xsn_burst. */
const COLUMNS = ['offset', 'length', 'capacity', 'replyLength', 'index', 'ipOffset', 'ipLength'] as const;

/** What replyLength is until the handler sets it: the packet gets no reply. */
export const NO_REPLY = 0xffffffff;

export interface UdpExchangeOptions {
  readonly socket: XdpSocket;
  /** Of the interface, in bytes: no reply may be longer as an IP packet. */
  readonly mtu: number;
  /** Packets that a turn brings at most: 1 to 256, default 64. */
  readonly burst?: number;
  /**
   * Where in the pool's tail this exchange's share begins, in bytes, a multiple of 64. Default 0. Exchanges on one
   * pool must not overlap there; see tailSize.
   */
  readonly tailAt?: number;
  /**
   * Under a stream of packets, for how long the thread sleeps at a time instead of being woken for each one, in
   * microseconds: what interrupt moderation is in a card. A packet of a stream is late by about this much; one that
   * comes alone is not. 0 to 1000, default 0 = never.
   */
  readonly coalesceUs?: number;
}

type Column = Uint32Array<ArrayBuffer>;
type Columns = Record<(typeof COLUMNS)[number], Column>;

function columnsOver(buffer: ArrayBuffer): Columns {
  const view = (index: number): Column =>
    new Uint32Array(buffer, index * BURST_MAX * Uint32Array.BYTES_PER_ELEMENT, BURST_MAX);
  return {
    offset: view(0),
    length: view(1),
    capacity: view(2),
    replyLength: view(3),
    index: view(4),
    ipOffset: view(5),
    ipLength: view(6),
  };
}

/**
 * UDP over a socket, one call per burst: a turn sends the replies of the burst before, gives its other frames back, and
 * receives the next. Between two turns the burst is the caller's: row i of the columns is packet i, replies are
 * written in place and their length into `replyLength`.
 *
 * The control thread makes the exchange and keeps it; a data thread attaches to it by its handle. When that thread
 * ends, the exchange and its socket live on for the next.
 */
export class UdpExchange {
  readonly #native: NativeExchange;
  readonly #turn: (timeoutMs: number) => number;
  #memory: Uint8Array<ArrayBuffer> | null = null;
  #columns: Columns | null = null;

  /** On the control thread. @throws TypeError, RangeError; Error with code EINVAL, EBADF, … */
  constructor(options: UdpExchangeOptions);
  /** @internal */
  constructor(handle: Handle);
  constructor(source: UdpExchangeOptions | Handle) {
    const { UdpExchange: Native } = native();
    this.#native =
      source instanceof Handle
        ? new Native(source.number)
        : new Native(nativeSocket(source.socket), {
            burst: integer('burst', source.burst ?? 64, 1, BURST_MAX),
            mtu: integer('mtu', source.mtu, 68, 65535),
            tailAt: integer('tailAt', source.tailAt ?? 0, 0, Number.MAX_SAFE_INTEGER),
            coalesceUs: integer('coalesceUs', source.coalesceUs ?? 0, 0, COALESCE_US_MAX),
          });
    this.#turn = this.#native.turn;
  }

  /**
   * On the data thread: claims the socket. What the last holder had in hand when it died is counted as workerLost.
   * @throws Error with code EBUSY while another is attached, EBADF when the exchange or its socket is closed
   */
  static attach(handle: number): UdpExchange {
    const exchange = new UdpExchange(new Handle(handle));
    try {
      exchange.#native.attach();
    } catch (error) {
      exchange.close();
      throw error;
    }
    return exchange;
  }

  /**
   * Bytes of the pool's tail that an exchange needs for packets longer than a slot; 0 when the MTU fits into one.
   * Without them such packets are dropped as tooLong.
   */
  static tailSize(burst: number, mtu: number, slotSize: number): number {
    return native().exchangeTailSize(burst, mtu, slotSize);
  }

  /** By which other threads of this process find the exchange, as long as this object is open. */
  get handle(): number {
    return this.#native.handle();
  }

  /** The pool's memory, in which the packets are. */
  get memory(): Uint8Array<ArrayBuffer> {
    this.#memory ??= new Uint8Array(this.#native.memory());
    return this.#memory;
  }

  /** Where the payload begins in `memory`, in bytes. */
  get offset(): Column {
    return this.#views().offset;
  }

  /** Bytes of payload. */
  get length(): Column {
    return this.#views().length;
  }

  /** Bytes that a reply may have. */
  get capacity(): Column {
    return this.#views().capacity;
  }

  /** Set by the handler: bytes of the reply, or NO_REPLY. */
  get replyLength(): Column {
    return this.#views().replyLength;
  }

  /** Row numbers: 0, 1, 2 … */
  get index(): Column {
    return this.#views().index;
  }

  /** Where the IP header begins in `memory`, in bytes. */
  get ipOffset(): Column {
    return this.#views().ipOffset;
  }

  /** Bytes of the IP packet. */
  get ipLength(): Column {
    return this.#views().ipLength;
  }

  /**
   * Settles the burst in hand and receives the next. Ends early when the event loop of this thread has something to do.
   * @param timeoutMs 0: do not wait; negative: without limit
   * @returns packets in hand
   * @throws Error with code EBADF after close
   */
  turn(timeoutMs: number): number {
    return this.#turn(timeoutMs);
  }

  /** Gives up the burst in hand: nothing of it is answered, all of it is counted as handlerError. */
  fail(): void {
    this.#native.fail();
  }

  /**
   * Echoes natively until `bursts` bursts are answered, `timeoutMs` pass without a packet, or the event loop has
   * something to do. @returns packets answered
   */
  reflect(timeoutMs: number, bursts: number): number {
    return this.#native.reflect(timeoutMs, bursts);
  }

  /** From any thread. */
  counters(): UdpExchangeCounters {
    return this.#native.counters();
  }

  /** Settles what is in hand and gives the socket up. */
  detach(): void {
    this.#native.detach();
  }

  /** Idempotent: detaches, and gives up what this object holds. The socket stays open. */
  close(): void {
    this.#native.close();
    // Detached by now, or never made.
    this.#memory ??= new Uint8Array(0);
    const empty = new Uint32Array(0);
    this.#columns ??= {
      offset: empty,
      length: empty,
      capacity: empty,
      replyLength: empty,
      index: empty,
      ipOffset: empty,
      ipLength: empty,
    };
  }

  #views(): Columns {
    this.#columns ??= columnsOver(this.#native.columns());
    return this.#columns;
  }
}
