import type { ServerResponse } from 'node:http';
import type { RequestHandler, Response } from 'express';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What a request turned out to be. A closed set: a path from outside must never become a label. */
export type RouteKind = 'api' | 'page' | 'asset' | 'health' | 'other';

export type Metrics = ReturnType<typeof createMetrics>;

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    requestDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request to the end of its response; event streams are left out.',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    upstreamErrors: new Counter({
      name: 'proxy_upstream_errors_total',
      help: 'Failures of the API seen by the proxy. reason: connect, timeout, reset, protocol, aborted.',
      labelNames: ['reason'] as const,
      registers,
    }),
    refused: new Counter({
      name: 'proxy_refused_total',
      help: 'Requests under /api that were refused here. reason: overloaded, target, websocket, slow_client.',
      labelNames: ['reason'] as const,
      registers,
    }),
    openRequests: new Gauge({
      name: 'proxy_open_requests',
      help: 'Requests open towards the API, event streams included.',
      registers,
    }),
    openStreams: new Gauge({ name: 'proxy_open_streams', help: 'Open event streams.', registers }),
  };
}

export function setRoute(res: Response, kind: RouteKind): void {
  res.locals.route = kind;
}

export function isEventStream(res: ServerResponse): boolean {
  return String(res.getHeader('content-type') ?? '').startsWith('text/event-stream');
}

/** Times every request, also one whose client goes away. */
export function measureRequests(metrics: Metrics): RequestHandler {
  return function measureRequest(req, res, next) {
    const stop = metrics.requestDuration.startTimer();
    res.once('close', () => {
      if (isEventStream(res)) return;
      const route: RouteKind = res.locals.route ?? 'other';
      const method = METHODS.has(req.method) ? req.method : 'other';
      // 499 as in nginx: the client left before an answer began.
      stop({ method, route, status: res.headersSent ? res.statusCode : 499 });
    });
    next();
  };
}
