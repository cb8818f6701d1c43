/**
 * The counters of one data worker: Float64 cells on shared memory (exact up to 2^53), written by that worker only
 * and read by the control thread at any time. Fixed cells first, then three for each rule slot.
 */

/** Why a packet was not answered and not consumed; the names are part of the gRPC and metrics contracts. */
export const DROP_REASONS = [
  'rule',
  'rate_limit',
  'malformed',
  'unsupported',
  'no_slot',
  'handler_error',
  'tx_error',
  // In the hands of a worker that died. Written by the control thread, between that worker and its successor.
  'worker_lost',
  // Dropped by the kernel before any worker saw it: never counted as received. Written by the control thread.
  'socket_buffer',
  // Came from the port it went to: another reflector would answer the reply, and so on for ever (CVE-2024-2169).
  'reply_loop',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

const TOTALS = [
  'rxPackets',
  'rxBytes',
  'txPackets',
  'txBytes',
  'consumedPackets',
  'unmatchedPackets',
  'unmatchedBytes',
  'bursts',
  'handlerNs',
  'flowsActive',
  'flowsEvicted',
] as const;
type Total = (typeof TOTALS)[number];

/** Everything a worker counted since it started; `flowsActive` alone is a gauge. */
export type Totals = Record<Total, number> & { drops: Record<DropReason, number> };

interface RuleCounts {
  packets: number;
  bytes: number;
  droppedPackets: number;
}

const index = (names: readonly string[], name: string, from: number): number => from + names.indexOf(name);

/** Cell of a total. Look it up once, outside the loop. */
export const totalCell = (name: Total): number => index(TOTALS, name, 0);
/** Cell of a drop reason. */
export const dropCell = (reason: DropReason): number => index(DROP_REASONS, reason, TOTALS.length);

const FIRST_SLOT = TOTALS.length + DROP_REASONS.length;
const CELLS_PER_SLOT = 3;

/** First of a slot's three cells: packets, bytes, dropped packets. */
export const slotCell = (slot: number): number => FIRST_SLOT + slot * CELLS_PER_SLOT;

/** A slab with room for this many rule slots; post its buffer to the worker that will write it. */
export function createCounters(slots: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(8 * (FIRST_SLOT + slots * CELLS_PER_SLOT)));
}

/** Reads all totals of one worker. */
export function readTotals(counters: Float64Array): Totals {
  const totals = Object.fromEntries(TOTALS.map((name) => [name, counters[totalCell(name)]]));
  const drops = Object.fromEntries(DROP_REASONS.map((reason) => [reason, counters[dropCell(reason)]]));
  return { ...totals, drops } as Totals;
}

/** Adds up one rule slot over all workers. */
export function readSlot(workers: readonly Float64Array[], slot: number): RuleCounts {
  const counts = { packets: 0, bytes: 0, droppedPackets: 0 };
  const cell = slotCell(slot);
  for (const counters of workers) {
    counts.packets += counters[cell];
    counts.bytes += counters[cell + 1];
    counts.droppedPackets += counters[cell + 2];
  }
  return counts;
}

/** Zeroes a slot in every slab. Only when no worker's rules name the slot any more. */
export function clearSlot(workers: readonly Float64Array[], slot: number): void {
  const cell = slotCell(slot);
  for (const counters of workers) counters.fill(0, cell, cell + CELLS_PER_SLOT);
}
