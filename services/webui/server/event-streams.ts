import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Metrics } from './metrics.ts';

/** Server-sent events never end by themselves: a shutdown ends them, cleanly, and their clients reconnect elsewhere. */
export interface EventStreams {
  pipe(answer: IncomingMessage, res: ServerResponse): void;
  /** Ends those that are open now and, at once, those that still come. */
  end(): void;
}

export function createEventStreams(metrics: Metrics): EventStreams {
  const open = new Map<ServerResponse, IncomingMessage>();
  let ended = false;
  return {
    pipe(answer, res) {
      if (ended) return endStream(answer, res);
      open.set(res, answer);
      metrics.openStreams.inc();
      res.once('close', () => {
        open.delete(res);
        metrics.openStreams.dec();
      });
      answer.pipe(res);
    },
    end() {
      ended = true;
      for (const [res, answer] of open) endStream(answer, res);
    },
  };
}

function endStream(answer: IncomingMessage, res: ServerResponse): void {
  answer.unpipe(res);
  // The request to the API goes when the response has been flushed: the proxy ties the two together.
  res.end();
}
