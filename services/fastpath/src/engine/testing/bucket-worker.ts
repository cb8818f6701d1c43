import { parentPort, workerData } from 'node:worker_threads';
import { takeToken } from '../token-bucket.ts';

/* Says it is there, waits for the start, takes at one moment until the bucket is empty and says how much it got. */

const { buckets, interval, limit, start } = workerData as {
  buckets: BigInt64Array;
  interval: bigint;
  limit: bigint;
  start: Int32Array;
};
parentPort!.postMessage(-1);
Atomics.wait(start, 0, 0);
let taken = 0;
while (takeToken(buckets, 0, 1n << 40n, interval, limit)) taken++;
parentPort!.postMessage(taken);
