import { authorizedFetch } from './authorized-fetch.ts';
import { ApiError, readProblem } from './problem.ts';
import { createSseParser, type ServerSentEvent } from './sse-parser.ts';

interface StreamHandlers {
  onEvent(event: ServerSentEvent): void;
  /** The connection is gone, for this reason; another attempt follows by itself. */
  onInterrupted(reason: string): void;
}

const BACKOFF_MS = [500, 1000, 2000, 4000, 8000];
/** Events come each second and heartbeats in between: silence this long means a dead connection. */
const SILENCE_MS = 15_000;

/** EventSource cannot send a Bearer token, so the stream is read by fetch. Follows it until `signal` aborts. */
export async function followEvents(
  url: string,
  signal: AbortSignal,
  handlers: StreamHandlers,
): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      await readOnce(url, signal, (event) => {
        attempt = 0;
        handlers.onEvent(event);
      });
      if (!signal.aborted) handlers.onInterrupted('The stream ended.');
    } catch (error) {
      if (signal.aborted) return;
      handlers.onInterrupted(error instanceof Error ? error.message : String(error));
      // The session is over, or may not see this: asking again cannot help.
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return;
    }
    await pause(jittered(BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)] ?? 8000), signal);
  }
}

async function readOnce(url: string, signal: AbortSignal, onEvent: (event: ServerSentEvent) => void) {
  const watchdog = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => watchdog.abort(new Error('No data for 15 seconds.')), SILENCE_MS);
  };
  try {
    alive();
    const request = new Request(new URL(url, location.origin), {
      headers: { Accept: 'text/event-stream' },
      signal: AbortSignal.any([signal, watchdog.signal]),
    });
    const response = await authorizedFetch(request);
    if (!response.ok || !response.body) throw new ApiError(response.status, await readProblem(response));
    const parse = createSseParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      alive();
      for (const event of parse(value)) onEvent(event);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Clients that lost the same server must not come back in the same moment. */
function jittered(ms: number): number {
  return ms * (0.75 + Math.random() * 0.5);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
