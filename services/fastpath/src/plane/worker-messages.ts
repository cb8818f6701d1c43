import type { CapturedPacket, CaptureTapOptions } from '../engine/capture-tap.ts';
import type { CompiledRules } from '../engine/compiled-rules.ts';
import type { FlowRecord } from '../engine/flow-table.ts';
import type { PortMessage } from '../port/port.ts';
import type { SlotGauge } from '../port/slot-pool.ts';

/** Everything a worker starts with. What is counted lies on shared memory that outlives the worker. */
export type WorkerInit = {
  /** URL of the module that exports `createPacketHandler`. */
  readonly handlerModule: string;
  /** What it needs to judge and count; null: the kernel does. */
  readonly enforcement: {
    readonly counters: Float64Array<SharedArrayBuffer>;
    readonly buckets: BigInt64Array<SharedArrayBuffer>;
    readonly flowTableSize: number;
  } | null;
  readonly slots: SlotGauge;
  readonly rules: CompiledRules;
  readonly taps: readonly TapInit[];
};

export type TapInit = { readonly id: number; readonly options: CaptureTapOptions };
export type FlowOrder = 'bytes' | 'packets';

/** What the control thread may ask a worker; each gets one reply. */
export type Requests = {
  port: PortMessage;
  /** Answered when every later burst is judged by these rules. */
  rules: CompiledRules;
  flows: { readonly limit: number; readonly order: FlowOrder };
  addTap: TapInit;
  drainTap: { readonly id: number };
  removeTap: { readonly id: number };
  ping: null;
  /** Answered when nothing is in hand any more. */
  stop: null;
};

export type Replies = {
  port: unknown;
  rules: undefined;
  flows: FlowRecord[];
  addTap: undefined;
  drainTap: CapturedPacket[];
  removeTap: undefined;
  ping: undefined;
  stop: undefined;
};

export type Request = {
  [Type in keyof Requests]: { readonly id: number; readonly type: Type; readonly body: Requests[Type] };
}[keyof Requests];

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: Error };

/** Everything a worker sends. `more`: how many errors of the handler were not reported since the last. */
export type FromWorker = Reply | { readonly handlerError: unknown; readonly more: number };
