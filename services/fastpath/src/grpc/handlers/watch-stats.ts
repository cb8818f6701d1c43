import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { snapshot } from '../../plane/stats.ts';
import type { Stats } from '../gen/fastpath/v1/Stats.ts';
import type { WatchStatsRequest__Output } from '../gen/fastpath/v1/WatchStatsRequest.ts';
import { toStats } from '../stats-messages.ts';

const DEFAULT_INTERVAL_MS = 1_000;

/** All counters at once and then every interval. A reader that is behind misses snapshots; none are queued. */
export function watchStats({ plane }: Context) {
  return async (call: ServerWritableStream<WatchStatsRequest__Output, Stats>, signal: AbortSignal) => {
    const intervalMs = call.request.interval_ms || DEFAULT_INTERVAL_MS;
    if (intervalMs < 100 || intervalMs > 60_000) {
      throw new AppError('invalid_argument', 'interval_ms: must be 100 to 60000, or 0');
    }
    let writable = true;
    call.on('drain', () => {
      writable = true;
    });
    while (!signal.aborted) {
      if (writable) writable = call.write(toStats(snapshot(plane), plane.version));
      await sleep(intervalMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
    }
  };
}
