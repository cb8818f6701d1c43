import { dropCell, readTotals, receivedDrops, totalCell } from '../engine/counters.ts';

/**
 * Books what a dead worker had in hand: counted as received, and neither answered, consumed nor dropped. Only
 * while no thread writes this slab.
 */
export function settleLostPackets(counters: Float64Array): void {
  const totals = readTotals(counters);
  const { rxPackets, txPackets, consumedPackets } = totals;
  const settled = txPackets + consumedPackets + receivedDrops(totals);
  counters[dropCell('worker_lost')] += Math.max(0, rxPackets - settled);
  counters[totalCell('flowsActive')] = 0; // the table went with the worker
}
