/*
 * Token buckets that all data workers share, exact to the packet. A bucket is one 64-bit cell: the time at which it
 * will be full again (GCRA's theoretical arrival time). A packet moves it one interval onwards, unless that would
 * take it further than the bucket's depth beyond now. One compare-and-swap decides, so no worker ever waits for
 * another, and one that dies leaves nothing locked. 0, which is long ago, is a full bucket.
 *
 * BigInt is what JavaScript has for 64-bit atomics; its garbage is short-lived and only packets that meet a
 * rate_limit rule make any.
 */

/** Time is counted in ticks of 1/16 ns, so that rounding costs 10^7 packets/s less than 0.1 %; lasts 18 years. */
const TICKS_PER_NS = 16n;
const TICKS_PER_SECOND = TICKS_PER_NS * 1_000_000_000n;
/** A bucket deeper than nine years of its rate is cut there. */
const MAX_LIMIT = 1n << 62n;

/** How a bucket fills: `interval` ticks per token, `limit` ticks from empty to full. */
export interface BucketRate {
  readonly interval: bigint;
  readonly limit: bigint;
}

/** @param ratePps 1 to 10^7 @param burst depth in packets, at least 1 */
export function bucketRate(ratePps: number, burst: number): BucketRate {
  const rate = BigInt(ratePps);
  const interval = (TICKS_PER_SECOND + rate - 1n) / rate;
  const limit = interval * BigInt(burst);
  return { interval, limit: limit < MAX_LIMIT ? limit : MAX_LIMIT };
}

/** Monotonic nanoseconds (the same clock in every thread, `process.hrtime.bigint`) in ticks. */
export function ticks(nowNs: bigint): bigint {
  return nowNs * TICKS_PER_NS;
}

/** A rule slot has two buckets, so that a rule can change its rate while workers still enforce the old one. */
export const BUCKETS_PER_SLOT = 2;

/** Full buckets for this many rule slots, in shared memory. */
export function createBuckets(slots: number): BigInt64Array<SharedArrayBuffer> {
  return new BigInt64Array(new SharedArrayBuffer(8 * BUCKETS_PER_SLOT * slots));
}

/** Takes a token out of bucket `index`; false when there is none. */
export function takeToken(
  buckets: BigInt64Array,
  index: number,
  now: bigint,
  interval: bigint,
  limit: bigint,
): boolean {
  const latest = now + limit - interval;
  for (;;) {
    const full = Atomics.load(buckets, index);
    if (full > latest) return false;
    const next = (full > now ? full : now) + interval;
    if (Atomics.compareExchange(buckets, index, full, next) === full) return true;
  }
}

/**
 * Gives bucket `to` the tokens that bucket `from` holds, as far as they fit: a rule whose rate or depth changes neither
 * gives a burst away nor goes silent.
 */
export function carryTokens(
  buckets: BigInt64Array,
  from: number,
  fromRate: BucketRate,
  to: number,
  toRate: BucketRate,
  now: bigint,
): void {
  const ahead = Atomics.load(buckets, from) - now;
  const tokens = (fromRate.limit - (ahead > 0n ? ahead : 0n)) / fromRate.interval;
  const missing = toRate.limit - tokens * toRate.interval;
  Atomics.store(buckets, to, missing > 0n ? now + missing : 0n);
}

/** Fills a bucket to the brim. */
export function fillBucket(buckets: BigInt64Array, index: number): void {
  Atomics.store(buckets, index, 0n);
}
