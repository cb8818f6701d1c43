/**
 * The counters of one data worker: Float64 cells on shared memory (exact up to 2^53), written by that worker only
 * and read by the control thread at any time. Fixed cells first, then three for each rule slot.
 */

/** Why a packet was not answered and not consumed; the names are part of the gRPC and metrics contracts. */
export const DROP_REASONS = [
  'rule',
  'rate_limit',
  'malformed',
  // Of the IP header or of UDP.
  'bad_checksum',
  'unsupported',
  // Longer than a slot, or than what the socket takes in one piece.
  'too_long',
  // For the data plane, on a queue of the interface that no worker serves.
  'no_socket',
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
  // Judged by the rules, allowed, and for somebody else on this machine: passed on to its network stack.
  'passedPackets',
  'unmatchedPackets',
  'unmatchedBytes',
  'bursts',
  'handlerNs',
  'flowsActive',
  'flowsEvicted',
] as const;
type Total = (typeof TOTALS)[number];

/** Everything counted since the start by a worker, or in the kernel; `flowsActive` alone is a gauge. */
export type Totals = Record<Total, number> & { drops: Record<DropReason, number> };

const index = (names: readonly string[], name: string, from: number): number => from + names.indexOf(name);

/** Cell of a total. Look it up once, outside the loop. */
export const totalCell = (name: Total): number => index(TOTALS, name, 0);
/** Cell of a drop reason. */
export const dropCell = (reason: DropReason): number => index(DROP_REASONS, reason, TOTALS.length);

const FIRST_SLOT = TOTALS.length + DROP_REASONS.length;
export const CELLS_PER_SLOT = 3;

/** First of a slot's three cells: packets, bytes, dropped packets. */
export const slotCell = (slot: number): number => FIRST_SLOT + slot * CELLS_PER_SLOT;

/** A slab with room for this many rule slots; post its buffer to the worker that will write it. */
export function createCounters(slots: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(8 * (FIRST_SLOT + slots * CELLS_PER_SLOT)));
}

/** Zeros. */
export function noTotals(): Totals {
  return readTotals(new Float64Array(FIRST_SLOT));
}

/** Reads all totals of one worker. */
export function readTotals(counters: Float64Array): Totals {
  const totals = Object.fromEntries(TOTALS.map((name) => [name, counters[totalCell(name)]]));
  const drops = Object.fromEntries(DROP_REASONS.map((reason) => [reason, counters[dropCell(reason)]]));
  return { ...totals, drops } as Totals;
}

/** Adds `part` to `sum`. */
export function addTotals(sum: Totals, part: Totals): void {
  for (const name of TOTALS) sum[name] += part[name];
  for (const reason of DROP_REASONS) sum.drops[reason] += part.drops[reason];
}

/** Writes all totals into a worker's slab: for what is counted elsewhere than in it. */
export function writeTotals(counters: Float64Array, totals: Totals): void {
  for (const name of TOTALS) counters[totalCell(name)] = totals[name];
  for (const reason of DROP_REASONS) counters[dropCell(reason)] = totals.drops[reason];
}

/** Packets received that were dropped: those of reason `socket_buffer` never were. */
export function receivedDrops({ drops }: Totals): number {
  return DROP_REASONS.reduce((sum, reason) => sum + (reason === 'socket_buffer' ? 0 : drops[reason]), 0);
}
