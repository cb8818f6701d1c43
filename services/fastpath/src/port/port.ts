import type { Engine } from '../engine/engine.ts';
import type { SlotGauge } from './slot-pool.ts';

/*
 * A port moves packets between the network and the engine. It has two halves: `Port` lives in the control thread
 * (claims what is shared, says what is bound, collects what the kernel counted), `WorkerPort` in each data worker
 * (receives bursts, gives them to the engine, sends replies from the slots they arrived in). `port-contract.ts`
 * is the suite that every port passes.
 */

export type Mode = 'udp' | 'afxdp';

/** What a `WorkerPort` is told; opaque to all but the two halves of one port, structured-cloned on its way. */
export type PortMessage = unknown;

/** A running worker as its port sees it from the control thread. */
export interface PortWorker {
  readonly index: number;
  /** Counter slab of the worker; the port may write only the cells of drops that the kernel counted. */
  readonly counters: Float64Array;
  /** Delivered to `WorkerPort.receive`. Rejects when the worker dies first. */
  tell(message: PortMessage): Promise<unknown>;
}

/** The half of a port in the control thread. */
export interface Port {
  readonly mode: Mode;
  /** Why this mode is in force, in one sentence for an operator. */
  readonly reason: string;
  /**
   * Claims the endpoints, before any worker exists.
   * @throws AppError `port_in_use` or `start_failed` that names the variable to change.
   */
  open(): Promise<void>;
  /** Gives a worker that has just started its endpoints. Called again for the successor of one that died. */
  attach(worker: PortWorker): Promise<void>;
  /** `host:port` of every endpoint. */
  addresses(): readonly string[];
  /** Brings the counters of packets that the kernel dropped before a worker saw them up to date. */
  collectKernelDrops(): void;
  /** Releases what `open` claimed; the workers have been stopped before. Idempotent. */
  close(): Promise<void>;
}

/** What the worker gives to its half of the port. */
export interface WorkerPortContext {
  readonly engine: Engine;
  readonly slots: SlotGauge;
}

/** The half of a port in a data worker. */
export interface WorkerPort {
  /** Handles a message of the control half; what it returns is the answer. */
  receive(message: PortMessage): Promise<unknown>;
  /** Stops receiving, sends what is in hand, releases everything. Idempotent. */
  stop(): Promise<void>;
}
