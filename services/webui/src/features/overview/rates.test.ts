import { describe, expect, it } from 'vitest';
import { ratesBetween, type Snapshot } from './rates.ts';

const at = (second: number) => new Date(second * 1000).toISOString();

function instance(address: string, second: number, packets: number, drops: Record<string, number> = {}) {
  const counters = {
    rx_packets: packets,
    rx_bytes: packets * 100,
    tx_packets: packets,
    tx_bytes: packets * 100,
  };
  return { address, reachable: true, time: at(second), ...counters, drops };
}

function snapshot(instances: Snapshot['instances']): Snapshot {
  const sums = { rx_packets: 0, rx_bytes: 0, tx_packets: 0, tx_bytes: 0, drops: {} };
  return { time: at(0), flows_active: 0, ...sums, instances };
}

describe('ratesBetween', () => {
  it('adds up instances, each by its own clock', () => {
    const before = snapshot([instance('a', 10, 100, { rule: 10 }), instance('b', 10, 1000)]);
    const after = snapshot([instance('a', 12, 300, { rule: 14, malformed: 2 }), instance('b', 11, 1100)]);
    expect(ratesBetween(before, after)).toEqual({
      rxPackets: 200,
      rxBytes: 20_000,
      txPackets: 200,
      txBytes: 20_000,
      dropped: 3,
      drops: { rule: 2, malformed: 1 },
    });
  });

  it('leaves out an instance that restarted, went away or is new', () => {
    const before = snapshot([
      instance('stays', 1, 10),
      instance('restarts', 1, 500),
      instance('goes', 1, 70),
    ]);
    const after = snapshot([
      instance('stays', 2, 15),
      instance('restarts', 2, 3),
      { ...instance('goes', 2, 0), time: null },
      instance('new', 2, 9000),
    ]);
    expect(ratesBetween(before, after)?.rxPackets).toBe(5);
  });

  it('knows nothing without a common instance or without time between', () => {
    expect(ratesBetween(snapshot([]), snapshot([instance('a', 2, 5)]))).toBeNull();
    expect(ratesBetween(snapshot([instance('a', 2, 1)]), snapshot([instance('a', 2, 5)]))).toBeNull();
  });
});
