import type { Request, Response } from 'express';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { sendProblem } from './problem.ts';

const RETRY_AFTER_S = 1;

/**
 * Bounds the requests that are open towards the API, in all and for each client address. The returned function answers
 * what it refuses; what it admits gives its place back when its response closes.
 */
export function createAdmission(
  { maxProxied, maxProxiedPerClient }: Limits,
  metrics: Metrics,
): (req: Request, res: Response, client: string) => boolean {
  let open = 0;
  const openOf = new Map<string, number>();
  return function admit(req, res, client) {
    if (/\bwebsocket\b/i.test(req.headers.upgrade ?? '')) {
      metrics.refused.inc({ reason: 'websocket' });
      sendProblem(req, res, 'unsupported_protocol', { detail: 'The API has no websockets.', close: true });
      return false;
    }
    const openOfClient = openOf.get(client) ?? 0;
    if (open >= maxProxied || openOfClient >= maxProxiedPerClient) {
      metrics.refused.inc({ reason: 'overloaded' });
      sendProblem(req, res, 'overloaded', { retryAfterS: RETRY_AFTER_S, close: true });
      return false;
    }
    open += 1;
    openOf.set(client, openOfClient + 1);
    metrics.openRequests.inc();
    res.once('close', () => {
      open -= 1;
      const left = openOf.get(client)! - 1;
      if (left > 0) openOf.set(client, left);
      else openOf.delete(client);
      metrics.openRequests.dec();
    });
    return true;
  };
}
