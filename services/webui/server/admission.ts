import type { Request, Response } from 'express';
import type { Limits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { sendProblem } from './problem.ts';

const RETRY_AFTER_S = 1;

/**
 * Bounds the requests that are open towards the API. The returned function answers what it refuses; what it admits
 * gives its place back when its response closes.
 */
export function createAdmission(
  { maxProxied }: Limits,
  metrics: Metrics,
): (req: Request, res: Response) => boolean {
  let open = 0;
  return function admit(req, res) {
    if (/\bwebsocket\b/i.test(req.headers.upgrade ?? '')) {
      metrics.refused.inc({ reason: 'websocket' });
      sendProblem(req, res, 'unsupported_protocol', { detail: 'The API has no websockets.', close: true });
      return false;
    }
    if (open >= maxProxied) {
      metrics.refused.inc({ reason: 'overloaded' });
      sendProblem(req, res, 'overloaded', { retryAfterS: RETRY_AFTER_S, close: true });
      return false;
    }
    open += 1;
    metrics.openRequests.inc();
    res.once('close', () => {
      open -= 1;
      metrics.openRequests.dec();
    });
    return true;
  };
}
