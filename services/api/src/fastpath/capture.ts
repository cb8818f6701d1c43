import type { Writable } from 'node:stream';
import type { ClientReadableStream } from '@grpc/grpc-js';
import { AppError } from '../errors.ts';
import type { CapturedPacket__Output } from './gen/fastpath/v1/CapturedPacket.ts';

/** An upstream that reports neither a packet nor an error for so long has accepted the capture. */
const ACCEPTED_MS = 300;

export interface CaptureSource {
  address: string;
  /** Begins the capture. Not before: a stream that fails while nobody listens ends the process. */
  open(): ClientReadableStream<CapturedPacket__Output>;
}

interface OpenSource {
  address: string;
  stream: ClientReadableStream<CapturedPacket__Output>;
}

interface CaptureSink {
  out: Writable;
  /** Called once, before the first write: when it is clear that there is something to serve. */
  begin(): void;
  encode(address: string, packet: CapturedPacket__Output): Buffer | string;
}

interface CaptureOutcome {
  packets: number;
  failed: { address: string; error: Error }[];
}

interface CaptureLimits {
  maxPackets: number;
  /** Aborting it ends the capture; the promise rejects with its reason. */
  signal: AbortSignal;
}

/**
 * Merges the captures of several instances into one stream, as packets arrive. Resolves when every source has ended
 * or `maxPackets` are through; rejects when all sources failed, or with the reason of the signal. A reader that is
 * slow pauses the sources, so nothing piles up here: the fast path counts what it then loses. Whatever happens, no
 * source is left running.
 */
export function pipeCaptures(
  sources: CaptureSource[],
  { out, begin, encode }: CaptureSink,
  { maxPackets, signal }: CaptureLimits,
): Promise<CaptureOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<CaptureOutcome>();
  const opened = sources.map(({ address, open }): OpenSource => ({ address, stream: open() }));
  const running = new Set(opened);
  const outcome: CaptureOutcome = { packets: 0, failed: [] };
  let begun = false;
  let done = false;

  const accepted = setTimeout(start, ACCEPTED_MS);
  const aborted = () => finish(() => reject(signal.reason));
  signal.addEventListener('abort', aborted, { once: true });

  function start(): void {
    if (begun || done) return;
    begun = true;
    begin();
  }

  function finish(settle: () => void): void {
    if (done) return;
    done = true;
    clearTimeout(accepted);
    signal.removeEventListener('abort', aborted);
    out.off('drain', resume);
    for (const { stream } of opened) stream.cancel();
    settle();
  }

  function resume(): void {
    for (const { stream } of running) stream.resume();
  }

  function take(source: OpenSource, packet: CapturedPacket__Output): void {
    if (done || !running.has(source)) return;
    let encoded: Buffer | string;
    try {
      encoded = encode(source.address, packet);
    } catch (cause) {
      // What a broken fast path sends may fit no format; thrown here it would end the process.
      source.stream.cancel();
      const detail = `${source.address} sent a packet that cannot be written`;
      ended(source, new AppError('fastpath_unavailable', detail, { cause }));
      return;
    }
    start();
    outcome.packets += 1;
    if (!out.write(encoded)) for (const { stream } of running) stream.pause();
    if (outcome.packets >= maxPackets) finish(() => resolve(outcome));
  }

  function ended(source: OpenSource, error: Error | null): void {
    if (done || !running.delete(source)) return;
    if (error) outcome.failed.push({ address: source.address, error });
    if (running.size > 0) return;
    if (outcome.failed.length === sources.length) finish(() => reject(outcome.failed[0]?.error));
    else {
      start();
      finish(() => resolve(outcome));
    }
  }

  out.on('drain', resume);
  for (const source of opened) {
    const { stream } = source;
    stream.on('metadata', start);
    stream.on('data', (packet: CapturedPacket__Output) => take(source, packet));
    // The listener stays after the end: a stream that is cancelled reports that as an error.
    stream.on('error', (error) => ended(source, error));
    stream.on('end', () => ended(source, null));
  }
  if (signal.aborted) aborted();
  return promise;
}
