import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketRate, carryTokens, createBuckets, takeToken, ticks } from './token-bucket.ts';

const SECOND = 1_000_000_000n;

function bucket(ratePps: number, burst: number) {
  const buckets = createBuckets(1);
  const { interval, limit } = bucketRate(ratePps, burst);
  return (nowNs: bigint) => takeToken(buckets, 0, ticks(nowNs), interval, limit);
}

/** Takes at one moment until there is nothing left. */
function drain(take: (nowNs: bigint) => boolean, nowNs: bigint): number {
  let taken = 0;
  while (take(nowNs)) taken++;
  return taken;
}

test('starts full, and what one second brings is the rate', () => {
  const take = bucket(100, 5);
  expect(drain(take, SECOND)).toBe(5);
  let taken = 0;
  for (let ms = 1n; ms <= 1_000n; ms++) taken += drain(take, SECOND + ms * 1_000_000n);
  expect(taken).toBe(100);
  expect(drain(take, 3_600n * SECOND)).toBe(5);
});

test('keeps the highest rate within 0.1 percent', () => {
  for (const rate of [9_999_999, 10_000_000, 3_333_333]) {
    const take = bucket(rate, 64);
    drain(take, SECOND);
    let taken = 0;
    for (let us = 5n; us <= 20_000n; us += 5n) taken += drain(take, SECOND + us * 1_000n);
    expect(taken / (rate / 50)).toBeGreaterThan(0.999);
    expect(taken / (rate / 50)).toBeLessThanOrEqual(1);
  }
});

test('takes the deepest buckets that the protocol can name', () => {
  const take = bucket(1, 0xffffffff);
  expect(take(BigInt(Number.MAX_SAFE_INTEGER))).toBe(true);
  expect(bucket(10_000_000, 0xffffffff)(SECOND)).toBe(true);
});

test('decides as a naive token bucket does, and never lets more through in any window', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000_000 }),
      fc.integer({ min: 1, max: 50 }),
      // Gaps in quarters of a token interval, so that packets come both too fast and too slowly.
      fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 20, maxLength: 300 }),
      (rate, burst, gaps) => {
        const { interval, limit } = bucketRate(rate, burst);
        const buckets = createBuckets(1);
        let now = ticks(SECOND);
        let tokens = Number(limit); // naive: the level in ticks, which is exact
        let last = now;
        const passed: bigint[] = [];
        for (const gap of gaps) {
          now += (interval * BigInt(gap)) / 4n;
          tokens = Math.min(Number(limit), tokens + Number(now - last));
          last = now;
          const expected = tokens >= Number(interval);
          if (expected) tokens -= Number(interval);
          expect(takeToken(buckets, 0, now, interval, limit)).toBe(expected);
          if (expected) passed.push(now);
        }
        const perTick = rate / Number(ticks(SECOND));
        for (let from = 0; from < passed.length; from += 7) {
          for (let to = from; to < passed.length; to++) {
            const allowed = burst + perTick * Number(passed[to] - passed[from]);
            expect(to - from + 1).toBeLessThanOrEqual(allowed + 1e-9);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a new rate keeps the tokens that fit', () => {
  const buckets = createBuckets(1);
  const now = ticks(5n * SECOND);
  const slow = bucketRate(10, 20);
  const fast = bucketRate(1_000, 8);
  const left = (index: number, rate: typeof slow) =>
    drain(() => takeToken(buckets, index, now, rate.interval, rate.limit), 0n);
  for (let i = 0; i < 17; i++) takeToken(buckets, 0, now, slow.interval, slow.limit);
  carryTokens(buckets, 0, slow, 1, fast, now);
  expect(left(1, fast)).toBe(3);
  expect(left(0, slow)).toBe(3); // the old bucket goes on for who still uses it
  carryTokens(buckets, 0, slow, 1, fast, now);
  expect(left(1, fast)).toBe(0);
  buckets.fill(0n);
  carryTokens(buckets, 0, slow, 1, fast, now);
  expect(left(1, fast)).toBe(8);
});

test('threads that share a bucket get its tokens and not one more', async () => {
  const burst = 50_000;
  const { interval, limit } = bucketRate(1, burst);
  const buckets = createBuckets(1);
  const start = new Int32Array(new SharedArrayBuffer(4));
  const workers = [0, 1].map(
    () =>
      new Worker(new URL('./testing/bucket-worker.ts', import.meta.url), {
        workerData: { buckets, interval, limit, start },
      }),
  );
  try {
    await Promise.all(workers.map((worker) => once(worker)));
    const results = workers.map((worker) => once(worker));
    Atomics.store(start, 0, 1);
    Atomics.notify(start, 0);
    const taken = await Promise.all(results);
    expect(taken[0] + taken[1]).toBe(burst);
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
});

const once = (worker: Worker): Promise<number> =>
  new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
