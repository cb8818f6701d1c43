import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';

/**
 * Slow clients hold places that others need. One who could go on (its body is wanted, or an answer waits for it)
 * and yet moves fewer than paceMinBytes in a window is cut. Silence of the API is no fault of the client:
 * neither a paused body nor an event stream without events counts.
 */
export interface ClientPace {
  watch(req: IncomingMessage, res: ServerResponse): void;
  stop(): void;
}

interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  /** What it was doing at the last look, and how many bytes had moved by then. */
  busy: 'sending' | 'receiving' | undefined;
  moved: number;
}

/** `onSlow` has to end the exchange. */
export function watchClientPace(
  { paceWindowMs, paceMinBytes }: Limits,
  onSlow: (req: IncomingMessage, res: ServerResponse) => void,
): ClientPace {
  const exchanges = new Set<Exchange>();
  function look(exchange: Exchange): void {
    const { req, res } = exchange;
    const before = { ...exchange };
    exchange.busy = activity(req, res);
    exchange.moved = exchange.busy === 'sending' ? req.socket.bytesRead : req.socket.bytesWritten;
    if (exchange.busy === undefined || exchange.busy !== before.busy) return;
    if (exchange.moved - before.moved < paceMinBytes) onSlow(req, res);
  }
  const timer = setInterval(() => exchanges.forEach(look), paceWindowMs).unref();
  return {
    watch(req, res) {
      const exchange: Exchange = { req, res, busy: undefined, moved: 0 };
      exchanges.add(exchange);
      res.once('close', () => exchanges.delete(exchange));
      keepOpenWhileQuiet(res);
    },
    stop: () => clearInterval(timer),
  };
}

function activity(req: IncomingMessage, res: ServerResponse): Exchange['busy'] {
  if (!req.complete && req.readableFlowing === true) return 'sending';
  return res.writableLength > 0 ? 'receiving' : undefined;
}

/** The server's own socket timeout would end a quiet exchange; here the pace decides instead. */
function keepOpenWhileQuiet(res: ServerResponse): void {
  res.on('timeout', (socket: Socket) => void socket.setTimeout(socket.timeout ?? 0));
}
