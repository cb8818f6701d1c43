import type { CompiledRules } from '../engine/compiled-rules.ts';
import type { Totals } from '../engine/counters.ts';
import type { FlowRecord } from '../engine/flow-table.ts';
import type { Action } from '../engine/rule.ts';
import type { RuleCounters } from '../engine/rule-counters.ts';
import type { SlotGauge } from './slot-pool.ts';

/*
 * A port moves packets between the network and the engine. It has two halves: `Port` lives in the control thread
 * (claims what is shared, says what is bound, collects what the kernel counted), `WorkerPort` in each data worker
 * (receives bursts, gives them to the engine, sends replies from the slots they arrived in). A port that enforces the
 * rules in the kernel has a third part, `KernelGuardPort`. `port-contract.ts` is the suite that every port passes.
 */

export type Mode = 'udp' | 'afxdp';

/** What a `WorkerPort` is told; opaque to all but the two halves of one port, structured-cloned on its way. */
export type PortMessage = unknown;

/** A running worker as its port sees it from the control thread. */
export interface PortWorker {
  readonly index: number;
  /**
   * Counter slab of the worker. A port whose workers count in it writes only the cells of drops that the kernel
   * counted; one whose workers count elsewhere writes all of them.
   */
  readonly counters: Float64Array;
  /** Occupancy of the worker's slots, likewise. */
  readonly slots: SlotGauge;
  /** Delivered to `WorkerPort.receive`. Rejects when the worker dies first. */
  tell(message: PortMessage): Promise<unknown>;
}

/** The half of a port in the control thread. It exists open: its endpoints are claimed before any worker runs. */
export interface Port {
  readonly mode: Mode;
  /** Why this mode is in force, in one sentence for an operator. */
  readonly reason: string;
  /** How many data workers it takes. */
  readonly workers: number;
  /** What it enforces and counts in the kernel; null: all of that is done in the workers. */
  readonly kernel: KernelGuardPort | null;
  /** Gives a worker that has just started its endpoints. Called again for the successor of one that died. */
  attach(worker: PortWorker): Promise<void>;
  /** `host:port` of every endpoint. */
  addresses(): readonly string[];
  /** Brings the counters that are kept in the kernel or in native code up to date in the workers' slabs. */
  collect(): void;
  /** Lets no further packet through to the workers: what is on its way to them is the last. Idempotent. */
  seal(): void;
  /** Releases everything; the workers have been stopped before. Idempotent. */
  close(): Promise<void>;
}

/** A packet that ended in the kernel, while a capture runs: the rules dropped it, or let it pass to the network stack. */
export interface KernelDrop {
  /** Unix time in microseconds. */
  readonly timeUs: number;
  /** A packet key, KEY_STRIDE words. */
  readonly key: Uint32Array;
  /** From the IP header on, at most the snap length of the capture. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Length of the IP packet. */
  readonly originalLength: number;
  readonly action: Action;
  /** Of the rule that decided, 0 = none. */
  readonly serial: number;
  readonly dropped: boolean;
}

/** Rules in the kernel: it judges and counts all packets, and the workers see only what has passed. */
export interface KernelGuardPort {
  readonly ruleCounters: RuleCounters;
  /** Token buckets, see token-bucket.ts; BUCKETS_PER_SLOT for each rule slot. */
  readonly buckets: BigInt64Array;
  /**
   * Replaces the rules for all packets at once. Resolves when no packet is judged by the ones before any more; when
   * it rejects, those stay in force.
   */
  useRules(rules: CompiledRules): Promise<void>;
  /**
   * Packets that the kernel decided itself: rxPackets = passedPackets + drops. What it gave to a worker is counted
   * there and not here, but for `unmatchedPackets` and `unmatchedBytes`, which are complete. `flowsActive` too.
   */
  totals(): Totals;
  /** The largest flows, largest first; packets given to workers included. */
  flows(limit: number, order: 'bytes' | 'packets'): FlowRecord[];
  /** Keeps this many bytes of every packet that ends in the kernel by the rules, until it is called with 0. */
  captureDrops(snapLength: number): void;
  /** Packets that it passed on unjudged because they are none of ours: ARP, TCP, other ports. No part of `totals`. */
  ignoredPackets(): number;
  /** What was kept since the last call, oldest first, and how many more did not fit since the port was opened. */
  drainDrops(): { readonly packets: KernelDrop[]; readonly lost: number };
}

/** The half of a port in a data worker. */
export interface WorkerPort {
  /** Handles a message of the control half; what it returns is the answer. */
  receive(message: PortMessage): Promise<unknown>;
  /** Stops receiving, sends what is in hand, releases everything. Idempotent. */
  stop(): Promise<void>;
}
