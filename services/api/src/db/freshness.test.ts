import { describe, expect, it } from 'vitest';
import { createFreshness, logPosition } from './freshness.ts';

describe('the freshness of a replica', () => {
  it('is unknown until it has replayed what the primary once had', () => {
    const freshness = createFreshness();
    freshness.replayed(100n);
    expect(freshness.asOf).toBeNull();
    freshness.primaryAt(1000, 100n);
    freshness.replayed(99n);
    expect(freshness.asOf).toBeNull();
    freshness.replayed(100n);
    expect(freshness.asOf).toBe(1000);
  });

  it('moves with what is replayed and not with what the primary writes', () => {
    const freshness = createFreshness();
    for (const second of [1, 2, 3, 4]) freshness.primaryAt(second * 1000, BigInt(second * 100));
    freshness.replayed(250n);
    expect(freshness.asOf).toBe(2000);
    freshness.primaryAt(5000, 500n);
    expect(freshness.asOf).toBe(2000);
    freshness.replayed(499n);
    expect(freshness.asOf).toBe(4000);
  });

  it('goes on with an idle primary', () => {
    const freshness = createFreshness();
    for (const at of [1000, 2000, 3000]) {
      freshness.primaryAt(at, 100n);
      freshness.replayed(100n);
      expect(freshness.asOf).toBe(at);
    }
  });

  it('never holds more than it needs of a replica that stands still', () => {
    const freshness = createFreshness();
    for (let at = 0; at < 10_000; at++) freshness.primaryAt(at, BigInt(at));
    freshness.replayed(9_999n);
    expect(freshness.asOf).toBe(9_999);
  });

  it('reads positions of the log', () => {
    expect(logPosition('16/B374D848')).toBe(0x16b374d848n);
    expect(logPosition('0/1') < logPosition('1/0')).toBe(true);
  });
});
