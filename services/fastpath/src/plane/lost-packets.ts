import { DROP_REASONS, dropCell, readTotals, totalCell } from '../engine/counters.ts';

/**
 * Books what a dead worker had in hand: counted as received, and neither answered, consumed nor dropped. Only
 * while no thread writes this slab.
 */
export function settleLostPackets(counters: Float64Array): void {
  const { rxPackets, txPackets, consumedPackets, drops } = readTotals(counters);
  let settled = txPackets + consumedPackets;
  for (const reason of DROP_REASONS) if (reason !== 'socket_buffer') settled += drops[reason];
  counters[dropCell('worker_lost')] += Math.max(0, rxPackets - settled);
  counters[totalCell('flowsActive')] = 0; // the table went with the worker
}
