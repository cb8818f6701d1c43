import type { Response } from 'express';
import { AppError } from '../errors.ts';

const HEARTBEAT_MS = 15_000;
/** Unsent bytes above which a reader counts as slow: it misses events until it has caught up. */
const MAX_BACKLOG = 64 * 1024;
/** A reader that takes nothing for so long is gone, though TCP has not noticed. */
const STUCK_MS = 60_000;

interface EventStreamOptions {
  /** Ends the stream. */
  signal: AbortSignal;
  /** Starts the events; answers what stops them. */
  subscribe(send: (event: string, data: unknown) => void): () => void;
}

/**
 * Serves server-sent events (text/event-stream, WHATWG HTML) until the signal or the client ends it. Every event is
 * a whole state, so a slow reader may miss some: nothing is queued for it.
 */
export async function serveEvents(res: Response, { signal, subscribe }: EventStreamOptions): Promise<void> {
  if (signal.aborted) throw new AppError('shutting_down');
  let nextId = 1;
  let lastTaken = Date.now();

  function write(text: string): void {
    if (res.writableLength <= MAX_BACKLOG) {
      lastTaken = Date.now();
      res.write(text);
    } else if (Date.now() - lastTaken > STUCK_MS) {
      res.destroy();
    }
  }

  res.status(200).set({
    'Content-Type': 'text/event-stream; charset=utf-8',
    // no-transform keeps compressing proxies away; the other name is nginx's for "do not buffer".
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  });
  if (res.req.method === 'HEAD') {
    res.end();
    return;
  }
  const unsubscribe = subscribe((event, data) => {
    write(`event: ${event}\nid: ${nextId}\ndata: ${JSON.stringify(data)}\n\n`);
    nextId += 1;
  });
  // Only now: until here a failure can still be answered as a problem.
  res.flushHeaders();
  write('retry: 2000\n\n');
  const heartbeat = setInterval(() => write(': heartbeat\n\n'), HEARTBEAT_MS);
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    res.once('close', () => resolve());
  });
  clearInterval(heartbeat);
  unsubscribe();
  res.end();
}
