import {
  BufferPool,
  openXdpSocket,
  UdpExchange,
  type UdpExchangeCounters,
  type XdpSocket,
  type XdpSocketStats,
} from 'xdp-socket-native';
import type { XdpConfig } from '../../config.ts';
import { noTotals, receivedDrops, type Totals, writeTotals } from '../../engine/counters.ts';
import type { PortWorker } from '../port.ts';
import { writeSlotGauge } from '../slot-pool.ts';

/** Ethernet header and two VLAN tags. */
const LINK_HEADERS = 22;
/** What the kernel keeps free in front of each frame (XDP_PACKET_HEADROOM). */
const HEADROOM = 256;
const SLOT_SIZES = [2_048, 4_096];

export type LaneOptions = {
  readonly xdp: XdpConfig;
  readonly queue: number;
  /** Of the interface. */
  readonly mtu: number;
  /** null = any. */
  readonly numaNode: number | null;
  /** On which its worker runs. */
  readonly cpu: number;
};

/** One RX queue: its buffers, its socket, and what the worker that serves it works with. Outlives the worker. */
export class Lane {
  readonly queue: number;
  readonly cpu: number;
  readonly socket: XdpSocket;
  readonly pageSize: number;
  readonly #pool: BufferPool;
  readonly #exchange: UdpExchange;
  #worker: PortWorker | null = null;
  #peak = 0;

  private constructor(options: LaneOptions, pool: BufferPool, socket: XdpSocket) {
    const { queue, cpu, mtu, xdp } = options;
    this.queue = queue;
    this.cpu = cpu;
    this.pageSize = pool.pageSize;
    this.#pool = pool;
    this.socket = socket;
    this.#exchange = new UdpExchange({ socket, mtu, burst: xdp.burst, coalesceUs: xdp.coalesceUs });
  }

  /**
   * Waits a moment for a queue that was given up just before, as by a process that is being replaced.
   * @throws XdpError; nothing stays open then
   */
  static async open(options: LaneOptions): Promise<Lane> {
    const { xdp, queue, mtu, numaNode } = options;
    const pool = new BufferPool(poolOptions(xdp, mtu, numaNode));
    let socket: XdpSocket | undefined;
    try {
      socket = await openXdpSocket({ pool, queue, ...socketOptions(xdp) });
      return new Lane(options, pool, socket);
    } catch (error) {
      socket?.close();
      pool.close();
      throw error;
    }
  }

  /** Of the exchange: what a worker attaches to. */
  get handle(): number {
    return this.#exchange.handle;
  }

  /** From now on `collect` writes to this worker's slabs. */
  serve(worker: PortWorker): void {
    this.#worker = worker;
  }

  /** Brings counters and slots of the worker up to date. */
  collect(): void {
    if (this.#worker === null) return;
    const native = this.#exchange.counters();
    const socket = this.socket.stats();
    const totals = toTotals(native, socket);
    writeTotals(this.#worker.counters, totals);
    const used = slotsInUse(totals, socket);
    this.#peak = Math.max(this.#peak, used);
    writeSlotGauge(this.#worker.slots, this.#pool.slots, used, this.#peak);
  }

  close(): void {
    this.collect();
    this.#worker = null;
    this.#exchange.close();
    this.socket.close();
    this.#pool.close();
  }
}

function toTotals(native: UdpExchangeCounters, { rxDropped, rxRingFull }: XdpSocketStats): Totals {
  const totals = noTotals();
  totals.rxPackets = native.rxPackets;
  totals.rxBytes = native.rxBytes;
  totals.txPackets = native.txPackets;
  totals.txBytes = native.txBytes;
  totals.consumedPackets = native.consumed;
  totals.bursts = native.bursts;
  totals.handlerNs = native.busyNs;
  totals.drops.malformed = native.malformed;
  totals.drops.bad_checksum = native.badChecksum;
  totals.drops.too_long = native.tooLong;
  totals.drops.handler_error = native.handlerError;
  totals.drops.reply_loop = native.replyLoop;
  totals.drops.tx_error = native.txError;
  totals.drops.worker_lost = native.workerLost;
  // xdp_sock.rx_dropped: no free buffer, or longer than one; rx_queue_full: the worker is behind. No packet is in
  // both. The fill ring's own "empty" counter is not added: in copy mode it counts what rx_dropped has, in
  // zero-copy mode it counts tries of the driver and not packets.
  totals.drops.socket_buffer = rxDropped + rxRingFull;
  return totals;
}

// Those with a packet: in the RX ring, in the worker's hands, on the way out. The buffers in the fill ring, and the
// ones that a driver has taken from there in advance, are free as far as packets are concerned.
function slotsInUse(totals: Totals, { rxPending, txPending }: XdpSocketStats): number {
  const settled = totals.txPackets + totals.consumedPackets + receivedDrops(totals);
  return rxPending + txPending + Math.max(0, totals.rxPackets - settled);
}

function poolOptions(xdp: XdpConfig, mtu: number, numaNode: number | null) {
  const frame = mtu + LINK_HEADERS + HEADROOM;
  const slotSize = SLOT_SIZES.find((size) => frame <= size) ?? SLOT_SIZES.at(-1)!;
  return {
    slots: xdp.slots,
    slotSize,
    // Where frames of several descriptors are put together; none is needed when each fits into a slot.
    tailSize: UdpExchange.tailSize(xdp.burst, mtu, slotSize),
    hugepages: xdp.hugepages,
    ...(numaNode !== null && { numaNode }),
  };
}

function socketOptions(xdp: XdpConfig) {
  const size = xdp.ringSize;
  return {
    interface: xdp.interface,
    copyMode: copyMode(xdp),
    rxSize: size,
    txSize: size,
    fillSize: size,
    completionSize: size,
    busyPollUs: xdp.busyPollUs,
    busyPollBudget: xdp.burst,
  };
}

function copyMode({ zeroCopy, mode }: XdpConfig): 'auto' | 'copy' | 'zero-copy' {
  if (zeroCopy === 'on') return 'zero-copy';
  return zeroCopy === 'off' || mode === 'generic' ? 'copy' : 'auto';
}
