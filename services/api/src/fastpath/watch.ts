import type { ClientReadableStream } from '@grpc/grpc-js';
import type { Stats__Output } from './gen/fastpath/v1/Stats.ts';
import { describeGrpcError } from './grpc-errors.ts';
import type { InstanceClient } from './instance-client.ts';

/** Twice as often as readers are told, so that a figure is at most half a second old when it is sent. */
const UPSTREAM_INTERVAL_MS = 500;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 1_000;
/** Without a snapshot for this long the stream is dead, whatever TCP believes. */
const SILENCE_MS = 3_000;

/** The newest snapshot of one instance, or why there is none. */
export interface Watched {
  address: string;
  stats: Stats__Output | null;
  error: string | null;
}

export interface Watch {
  now(): Watched;
  stop(): void;
}

/** Follows the statistics of one instance and opens the stream anew whenever it ends, until stopped. */
export function watchInstance(client: InstanceClient, onNews: () => void): Watch {
  const { address } = client;
  let state: Watched = { address, stats: null, error: 'no snapshot yet' };
  let stream: ClientReadableStream<Stats__Output> | undefined;
  let failures = 0;
  let silence: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  let stopped = false;

  function open(): void {
    let current: ClientReadableStream<Stats__Output>;
    try {
      current = client.watchStats(UPSTREAM_INTERVAL_MS);
    } catch (error) {
      // A client throws when its address has gone from DNS and it was closed. We may run in a timer.
      failed(describeGrpcError(error));
      return;
    }
    stream = current;
    guard();
    current.on('data', (stats: Stats__Output) => {
      if (stopped) return;
      failures = 0;
      guard();
      state = { address, stats, error: null };
      onNews();
    });
    // grpc-js ends every stream with either; a destroyed one may report both.
    current.on('error', (error) => ended(current, describeGrpcError(error)));
    current.on('end', () => ended(current, 'the stream ended'));
  }

  function guard(): void {
    clearTimeout(silence);
    silence = setTimeout(() => {
      const silent = stream;
      if (silent) ended(silent, 'did not answer in time');
    }, SILENCE_MS);
  }

  function ended(which: ClientReadableStream<Stats__Output>, error: string): void {
    if (stopped || which !== stream) return;
    stream = undefined;
    which.cancel();
    clearTimeout(silence);
    failed(error);
  }

  function failed(error: string): void {
    failures += 1;
    state = { address, stats: null, error };
    onNews();
    retry = setTimeout(open, Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS));
  }

  open();
  return {
    now: () => state,
    stop: () => {
      stopped = true;
      clearTimeout(silence);
      clearTimeout(retry);
      stream?.cancel();
    },
  };
}

/** One snapshot of one instance. Never rejects: an instance that does not answer is a state too. */
export async function snapshot(client: InstanceClient): Promise<Watched> {
  const { address } = client;
  const stream = client.watchStats(60_000);
  const timer = setTimeout(() => stream.cancel(), SILENCE_MS);
  try {
    return await new Promise<Watched>((resolve, reject) => {
      stream.once('data', (stats: Stats__Output) => resolve({ address, stats, error: null }));
      stream.on('error', reject);
      stream.once('end', () => reject(new Error('the stream ended')));
    });
  } catch (error) {
    return { address, stats: null, error: describeGrpcError(error) };
  } finally {
    clearTimeout(timer);
    stream.cancel();
  }
}
