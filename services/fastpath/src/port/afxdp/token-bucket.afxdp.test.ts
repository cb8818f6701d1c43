import { describe, expect, test } from 'vitest';
import { Action, type Rule } from '../../engine/rule.ts';
import { compileNow } from '../../engine/testing/compile-now.ts';
import { buildFrame, PLAIN } from './testing/frames.ts';
import { openGuard } from './testing/guard-under-test.ts';
import { canLoadGuard } from './testing/kernel-tests.ts';

/** Half a second of packets on a fast machine, at a rate that no bucket here lets through. */
const OFFERED = 4_000_000;

const limitTo = (ratePps: number, burst: number): Rule => ({
  id: '00000000-0000-7000-8000-000000000000',
  enabled: true,
  priority: 0,
  action: Action.rateLimit,
  protocol: 'any',
  src: null,
  dst: null,
  srcPorts: null,
  dstPorts: null,
  ratePps,
  burst,
});

const FRAME = buildFrame(
  {
    src: { family: 4, words: [0x0a000001] },
    dst: { family: 4, words: [0x0a000002] },
    protocol: 17,
    srcPort: 1000,
    dstPort: 7000,
  },
  PLAIN,
);

describe.runIf(canLoadGuard())('token buckets in the kernel', () => {
  // Bursts last half a second, so that a pause of the kernel's loop costs no tokens. Time is the kernel's own: that of
  // the first and the last packet of the flow.
  test.each([
    { ratePps: 1_000, burst: 500 },
    { ratePps: 20_000, burst: 10_000 },
    { ratePps: 300_000, burst: 150_000 },
    { ratePps: 100, burst: 5_000 },
  ])('let through $ratePps packets/s and a burst of $burst, within 2 %', async ({ ratePps, burst }) => {
    const guard = openGuard('interface');
    try {
      await guard.useRules(compileNow([limitTo(ratePps, burst)]));
      guard.program.testRun(FRAME, OFFERED);
      const [{ firstSeenMs, lastSeenMs }] = guard.flows(1, 'packets');
      const { packets, droppedPackets } = guard.ruleCounters.read(0);
      const passed = packets - droppedPackets;
      const allowed = (ratePps * (lastSeenMs - firstSeenMs)) / 1000 + burst;
      expect(packets).toBe(OFFERED);
      expect(allowed).toBeLessThan(OFFERED / 2);
      expect(Math.abs(passed / allowed - 1)).toBeLessThan(0.02);
      expect(guard.kernelTotals()).toMatchObject({ passed, rateLimit: droppedPackets });
    } finally {
      guard.close();
    }
  });

  test('are the cells that the rule book moves tokens between', async () => {
    const guard = openGuard('interface');
    try {
      await guard.useRules(compileNow([limitTo(1, 3)]));
      const passedOf = (packets: number) => {
        const before = guard.kernelTotals().passed;
        guard.program.testRun(FRAME, packets);
        return guard.kernelTotals().passed - before;
      };
      expect(passedOf(10)).toBe(3);
      guard.buckets[0] = 0n;
      expect(passedOf(10)).toBe(3);
      expect(guard.buckets[0]).toBeGreaterThan(16n * process.hrtime.bigint());
    } finally {
      guard.close();
    }
  });
});
