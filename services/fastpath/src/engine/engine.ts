import { NO_REPLY, type PacketBatch } from '../handlers/packet-handler.ts';
import type { Burst } from './burst.ts';
import { classify } from './classify.ts';
import { type DropReason, dropCell, slotCell, totalCell } from './counters.ts';
import type { FlowTable } from './flow-table.ts';
import { HandlerStage, type HandlerStageOptions } from './handler-stage.ts';
import { hasEqualPorts, KEY_STRIDE } from './packet-key.ts';
import { Action } from './rule.ts';
import { takeToken, ticks } from './token-bucket.ts';

const RX_PACKETS = totalCell('rxPackets');
const RX_BYTES = totalCell('rxBytes');
const TX_PACKETS = totalCell('txPackets');
const TX_BYTES = totalCell('txBytes');
const CONSUMED = totalCell('consumedPackets');
const UNMATCHED_PACKETS = totalCell('unmatchedPackets');
const UNMATCHED_BYTES = totalCell('unmatchedBytes');
const BURSTS = totalCell('bursts');
const HANDLER_NS = totalCell('handlerNs');
const FLOWS_ACTIVE = totalCell('flowsActive');
const FLOWS_EVICTED = totalCell('flowsEvicted');
const DROPPED_BY_RULE = dropCell('rule');
const DROPPED_BY_RATE = dropCell('rate_limit');
const HANDLER_ERRORS = dropCell('handler_error');
const REPLY_LOOPS = dropCell('reply_loop');

/** The batch as the engine fills it: packets that the rules let through, moved together. */
class Survivors implements PacketBatch {
  count = 0;
  memory: Uint8Array = new Uint8Array();
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  readonly capacity: Uint32Array;
  readonly replyLength: Uint32Array;
  readonly index: Uint32Array;

  constructor(capacity: number) {
    this.offset = new Uint32Array(capacity);
    this.length = new Uint32Array(capacity);
    this.capacity = new Uint32Array(capacity);
    this.replyLength = new Uint32Array(capacity);
    this.index = new Uint32Array(capacity);
  }

  add(burst: Burst, packet: number): void {
    const i = this.count++;
    this.offset[i] = burst.offset[packet];
    this.length[i] = burst.length[packet];
    this.capacity[i] = burst.space[packet];
    this.replyLength[i] = NO_REPLY;
    this.index[i] = packet;
  }
}

interface EngineOptions extends HandlerStageOptions {
  /** This worker's own slab, see counters.ts. */
  readonly counters: Float64Array;
  /** Shared by all workers, see token-bucket.ts. */
  readonly buckets: BigInt64Array;
  readonly flows: FlowTable;
  /** Packets that a burst holds at most. */
  readonly burstCapacity: number;
  /** Monotonic nanoseconds, the same clock in every thread. */
  readonly clock?: () => bigint;
}

/**
 * What one data worker does with packets that nobody has judged: rules, counters, flows, captures, handler. Every
 * packet given to it is counted as received once and as one of answered, consumed or dropped once.
 */
export class Engine extends HandlerStage {
  readonly flows: FlowTable;
  readonly #counters: Float64Array;
  readonly #buckets: BigInt64Array;
  readonly #clock: () => bigint;
  readonly #survivors: Survivors;
  #evictionsTold = 0;

  constructor(options: EngineOptions) {
    super(options);
    this.flows = options.flows;
    this.#counters = options.counters;
    this.#buckets = options.buckets;
    this.#clock = options.clock ?? process.hrtime.bigint;
    this.#survivors = new Survivors(options.burstCapacity);
  }

  /**
   * Takes one burst through. In the batch returned, valid until the next call, the port sends each packet whose
   * `replyLength` is not NO_REPLY, and reports each with `sent` or `drop('tx_error')`.
   */
  process(burst: Burst): PacketBatch {
    const start = this.#clock();
    this.#counters[BURSTS]++;
    this.#admit(burst, ticks(start));
    this.#handle(burst);
    return this.#survivors;
  }

  /** Counts a reply that left: length of its IP packet. */
  sent(ipBytes: number): void {
    this.#counters[TX_PACKETS]++;
    this.#counters[TX_BYTES] += ipBytes;
  }

  /** Counts packets that end here; those of reason `socket_buffer` were never received. */
  drop(reason: DropReason, packets = 1): void {
    this.#counters[dropCell(reason)] += packets;
  }

  /** Counts a packet that was received and cannot enter a burst. */
  refuse(reason: DropReason, ipBytes: number): void {
    this.#counters[RX_PACKETS]++;
    this.#counters[RX_BYTES] += ipBytes;
    this.drop(reason);
  }

  /** Housekeeping, about once a second. `nowMs` is Unix time. */
  tick(nowMs: number): void {
    this.flows.sweep(nowMs);
    this.#counters[FLOWS_ACTIVE] = this.flows.active;
    // Added, not set: the slab outlives this worker, whose successor starts with an empty table.
    this.#counters[FLOWS_EVICTED] += this.flows.evicted - this.#evictionsTold;
    this.#evictionsTold = this.flows.evicted;
  }

  #admit(burst: Burst, now: bigint): void {
    const survivors = this.#survivors;
    survivors.count = 0;
    survivors.memory = burst.memory;
    const nowMs = Math.floor(burst.timeUs / 1000);
    for (let i = 0; i < burst.count; i++) {
      if (this.#passes(burst, i, now, nowMs)) survivors.add(burst, i);
    }
  }

  /** Decides about packet `i` and accounts it everywhere. */
  #passes(burst: Burst, i: number, now: bigint, nowMs: number): boolean {
    const rules = this.rules;
    const at = i * KEY_STRIDE;
    const bytes = burst.ipLength[i];
    const rank = classify(rules, burst.keys, at);
    const action = rank < 0 ? Action.allow : (rules.actions[rank] as Action);
    const serial = rank < 0 ? 0 : rules.serials[rank];
    const dropped = rank >= 0 && action !== Action.allow && !this.#hasToken(rank, action, now);
    this.#counters[RX_PACKETS]++;
    this.#counters[RX_BYTES] += bytes;
    if (dropped) this.#counters[action === Action.drop ? DROPPED_BY_RULE : DROPPED_BY_RATE]++;
    this.#countRule(rank, bytes, dropped);
    this.flows.record(burst.keys, at, bytes, nowMs, dropped, action, serial);
    if (this.isTapped) this.offer(burst, i, action, serial, dropped);
    return !dropped;
  }

  #hasToken(rank: number, action: Action, now: bigint): boolean {
    const { buckets, intervals, limits } = this.rules;
    if (action !== Action.rateLimit) return false;
    return takeToken(this.#buckets, buckets[rank], now, intervals[rank], limits[rank]);
  }

  #countRule(rank: number, bytes: number, dropped: boolean): void {
    const counters = this.#counters;
    if (rank < 0) {
      counters[UNMATCHED_PACKETS]++;
      counters[UNMATCHED_BYTES] += bytes;
      return;
    }
    const cell = slotCell(this.rules.slots[rank]);
    counters[cell]++;
    counters[cell + 1] += bytes;
    if (dropped) counters[cell + 2]++;
  }

  #handle(burst: Burst): void {
    const survivors = this.#survivors;
    if (survivors.count === 0) return;
    const start = this.#clock();
    const failure = this.tryHandler(survivors);
    this.#counters[HANDLER_NS] += Number(this.#clock() - start);
    if (failure) {
      survivors.replyLength.fill(NO_REPLY, 0, survivors.count);
      this.#counters[HANDLER_ERRORS] += survivors.count;
      this.report(failure.error);
    } else this.#settle(burst);
  }

  /** Counts what the handler consumed, and refuses replies that do not fit or could be answered for ever. */
  #settle({ keys }: Burst): void {
    const { count, replyLength, capacity, index } = this.#survivors;
    let oversized = 0;
    for (let i = 0; i < count; i++) {
      if (replyLength[i] === NO_REPLY) {
        this.#counters[CONSUMED]++;
        continue;
      }
      const fits = replyLength[i] <= capacity[i];
      if (fits && !hasEqualPorts(keys, index[i] * KEY_STRIDE)) continue;
      replyLength[i] = NO_REPLY;
      this.#counters[fits ? REPLY_LOOPS : HANDLER_ERRORS]++;
      if (!fits) oversized++;
    }
    if (oversized > 0) this.report(new RangeError(`${oversized} replies exceed their packet's capacity`));
  }
}
