/** Counters of one instance, or of all together: they grow from the start of its process. */
interface Counters {
  rx_packets: number;
  rx_bytes: number;
  tx_packets: number;
  tx_bytes: number;
  drops: Readonly<Record<string, number>>;
}

interface InstanceCounters extends Counters {
  address: string;
  /** When the instance counted; null while it cannot be reached, and its counters then say nothing. */
  time: string | null;
}

export interface Snapshot extends Counters {
  time: string;
  flows_active: number;
  instances: readonly (InstanceCounters & { reachable: boolean })[];
}

/** Per second. */
export interface Rates {
  rxPackets: number;
  rxBytes: number;
  txPackets: number;
  txBytes: number;
  dropped: number;
  drops: Readonly<Record<string, number>>;
}

/**
 * What happened per second between two snapshots, summed over the instances that are in both. One that was away or has
 * restarted is left out: its counters have jumped, and the sum over all with them. Null when nothing can be compared.
 */
export function ratesBetween(before: Snapshot, after: Snapshot): Rates | null {
  const known = new Map(before.instances.map((instance) => [instance.address, instance]));
  const rates = after.instances.flatMap((instance) => ratesOf(known.get(instance.address), instance) ?? []);
  if (rates.length === 0) return null;
  const sum = (pick: (rates: Rates) => number) => rates.reduce((result, each) => result + pick(each), 0);
  const reasons = new Set(rates.flatMap(({ drops }) => Object.keys(drops)));
  return {
    rxPackets: sum((each) => each.rxPackets),
    rxBytes: sum((each) => each.rxBytes),
    txPackets: sum((each) => each.txPackets),
    txBytes: sum((each) => each.txBytes),
    dropped: sum((each) => each.dropped),
    drops: Object.fromEntries([...reasons].map((reason) => [reason, sum((each) => each.drops[reason] ?? 0)])),
  };
}

/** Sum of the drops of all reasons. */
export function total(drops: Readonly<Record<string, number>>): number {
  return Object.values(drops).reduce((sum, count) => sum + count, 0);
}

function ratesOf(before: InstanceCounters | undefined, after: InstanceCounters): Rates | null {
  if (!before?.time || !after.time) return null;
  const seconds = (Date.parse(after.time) - Date.parse(before.time)) / 1000;
  const restarted = after.rx_packets < before.rx_packets || after.tx_packets < before.tx_packets;
  if (!(seconds > 0) || restarted) return null;
  const drops = Object.fromEntries(
    Object.entries(after.drops).map(([reason, count]) => [
      reason,
      (count - (before.drops[reason] ?? 0)) / seconds,
    ]),
  );
  return {
    rxPackets: (after.rx_packets - before.rx_packets) / seconds,
    rxBytes: (after.rx_bytes - before.rx_bytes) / seconds,
    txPackets: (after.tx_packets - before.tx_packets) / seconds,
    txBytes: (after.tx_bytes - before.tx_bytes) / seconds,
    dropped: total(drops),
    drops,
  };
}
