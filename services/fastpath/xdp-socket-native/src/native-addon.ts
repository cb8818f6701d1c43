import type { NativeProbe } from './probe/native-probe.ts';

/* What binding/*.c exports. Nothing here checks policy; the classes of this package do. */

export interface NativePool {
  alloc(): number;
  free(slot: number): void;
  allocBurst(slots: Uint32Array): number;
  freeBurst(slots: Uint32Array, count: number): void;
  memory(): ArrayBuffer;
  stats(): { slots: number; used: number; peak: number; allocations: number; failures: number };
  layout(): { slotSize: number; pageSize: number; tailOffset: number };
  pagesOnNodes(): number[];
  handle(): number;
  close(): void;
}

export interface NativePoolOptions {
  slots: number;
  slotSize: number;
  tailSize: number;
  numaNode: number;
  hugepages: number;
}

/** Addresses in bytes from the start of the pool's memory. A Float64Array holds them exactly too. */
export type Addresses = BigUint64Array | Float64Array;

export interface NativeSocket {
  receive(addresses: Addresses, lengths: Uint32Array, options: Uint32Array): number;
  transmit(addresses: Addresses, lengths: Uint32Array, options: Uint32Array, count: number): number;
  recycle(addresses: Addresses, lengths: Uint32Array, options: Uint32Array, count: number): void;
  claim(): number;
  release(): void;
  wait(timeoutMs: number): boolean;
  info(): { zeroCopy: boolean; frags: boolean };
  stats(): XdpSocketStats;
  handle(): number;
  close(): void;
}

export interface NativeSocketOptions {
  interface: string;
  queue: number;
  copyMode: number;
  rxSize: number;
  txSize: number;
  fillSize: number;
  completionSize: number;
  needWakeup: boolean;
  frags: boolean;
  busyPollUs: number;
  busyPollBudget: number;
}

/** Counts since the socket was opened, and four gauges. Descriptors are frames, or parts of frames with frags. */
export interface XdpSocketStats {
  /** Packets taken from the RX ring. */
  readonly rxPackets: number;
  readonly rxBytes: number;
  /** Packets put into the TX ring. */
  readonly txPackets: number;
  readonly txBytes: number;
  /** Descriptors that the kernel gave back after sending. */
  readonly txCompleted: number;
  /** sendto() calls that told the kernel to send. */
  readonly txKicks: number;
  /** sendto() calls that failed. */
  readonly txErrors: number;
  /** Descriptors refused because the TX ring stayed full. */
  readonly txFull: number;
  /** Refills of the fill ring that found no free slot in the pool. */
  readonly fillEmpty: number;
  /** Frames taken back from holders that died. */
  readonly recovered: number;
  /** The kernel's own counts (XDP_STATISTICS). */
  readonly rxDropped: number;
  readonly rxInvalidDescs: number;
  readonly txInvalidDescs: number;
  readonly rxRingFull: number;
  readonly rxFillRingEmptyDescs: number;
  readonly txRingEmptyDescs: number;
  /** Descriptors in the rings at this moment. */
  readonly rxPending: number;
  readonly txPending: number;
  readonly fillPending: number;
  readonly completionPending: number;
}

export interface NativeExchange {
  turn(timeoutMs: number): number;
  fail(): void;
  reflect(timeoutMs: number, bursts: number): number;
  attach(): void;
  detach(): void;
  columns(): ArrayBuffer;
  memory(): ArrayBuffer;
  counters(): UdpExchangeCounters;
  handle(): number;
  close(): void;
}

/** Counts since the exchange was made, whoever was attached. Bytes are lengths of IP packets. */
export interface UdpExchangeCounters {
  readonly rxPackets: number;
  readonly rxBytes: number;
  readonly txPackets: number;
  readonly txBytes: number;
  /** Packets that got no reply: left at NO_REPLY. */
  readonly consumed: number;
  /** Dropped before the caller saw them. */
  readonly malformed: number;
  readonly badChecksum: number;
  /** Packets of several frames for which the pool's tail had no room. */
  readonly tooLong: number;
  /** Replies beyond capacity, and packets of bursts given up with fail(). */
  readonly handlerError: number;
  /** Replies that were not sent because the packet's two ports are the same (CVE-2024-2169), or
   * because it came to a group MAC address. */
  readonly replyLoop: number;
  /** Replies that the TX ring did not take. */
  readonly txError: number;
  /** Packets in the hands of a holder that died. */
  readonly workerLost: number;
  /** Turns that brought packets, and the time from each to the next turn. */
  readonly bursts: number;
  readonly busyNs: number;
  /** Turns that had to wait. */
  readonly waits: number;
  /** And those that slept `coalesceUs` instead. */
  readonly naps: number;
}

export interface NativeProgram {
  load(): void;
  attach(
    interfaceName: string,
    mode: number,
  ): { readonly native: boolean; readonly dispatcher: boolean; readonly replaced: number };
  detach(): void;
  testRun(packet: Uint8Array, repeat: number): { action: number; durationNs: number };
  memory(map: string): ArrayBuffer;
  setSocket(map: string, queue: number, socket: NativeSocket): void;
  hashSet(map: string, key: Uint8Array, value: Uint8Array): void;
  hashDelete(map: string, key: Uint8Array): void;
  hashRead(map: string, keys: Uint8Array, values: Uint8Array, entries: number): number;
  setInner(outer: string, index: number, inner: NativeInnerMap | null): void;
  close(): void;
}

export interface NativeProgramOptions {
  file: string;
  program: string;
  maps: { name: string; entries: number }[];
  constants: { name: string; value: Uint8Array }[];
}

export interface NativeInnerMap {
  memory(): ArrayBuffer;
  close(): void;
}

export interface NativeRing {
  drain(out: Uint8Array): number;
  close(): void;
}

/** Where a constructor takes a number, it is a handle. */
export interface NativeAddon extends NativeProbe {
  readonly BufferPool: new (options: NativePoolOptions | number) => NativePool;
  readonly XdpSocket: new (pool: NativePool | number, options?: NativeSocketOptions) => NativeSocket;
  readonly UdpExchange: new (
    socket: NativeSocket | number,
    options?: { burst: number; mtu: number; tailAt: number; coalesceUs: number },
  ) => NativeExchange;
  readonly XdpProgram: new (options: NativeProgramOptions) => NativeProgram;
  readonly InnerMap: new (program: NativeProgram, outer: string, entries: number) => NativeInnerMap;
  readonly Ring: new (program: NativeProgram, map: string) => NativeRing;
  exchangeTailSize(burst: number, mtu: number, slotSize: number): number;
  setThreadAffinity(cpus: readonly number[]): void;
  threadAffinity(): number[];
  currentCpu(): number;
}
