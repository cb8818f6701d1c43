import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { createProxyMiddleware, type Plugin } from 'http-proxy-middleware';
import { createAdmission } from './admission.ts';
import { clientAddress } from './client-address.ts';
import { watchClientPace } from './client-pace.ts';
import type { Context } from './context.ts';
import { createEventStreams } from './event-streams.ts';
import { endToEndHeaders, prepareRequestHeaders } from './forwarding.ts';
import { isEventStream, setRoute } from './metrics.ts';
import { sendProblem } from './problem.ts';
import { setFailure } from './request-log.ts';
import { isApiPath } from './request-target.ts';
import { createUntrustedProxyWarning } from './untrusted-proxy.ts';
import { classifyFailure, createUpstreamAgent, isRepeatable, limitUpstreamTime } from './upstream.ts';

/**
 * /api/* → the API, untouched but for forwarding headers. Must be mounted without a path (Express would strip it)
 * and before anything that reads a body. http-proxy-middleware moves the request and ties the two lifetimes together:
 * a client that leaves aborts the request to the API, an answer that breaks off aborts the client's connection.
 */
export interface ApiProxy {
  handler: RequestHandler;
  /** Ends open event streams cleanly, and those that still come. */
  endStreams(): void;
  close(): void;
}

const RETRY_AFTER_S = 2;

export function createApiProxy({ config, limits, log, metrics }: Context): ApiProxy {
  const target = new URL(config.API_URL);
  const agent = createUpstreamAgent(target, limits);
  const admit = createAdmission(limits, metrics);
  const warnOfUntrustedProxy = createUntrustedProxyWarning(log);
  const streams = createEventStreams(metrics);
  const pace = watchClientPace(limits, endSlowExchange);
  const upstreamOf = new WeakMap<IncomingMessage, ClientRequest>();
  const repeated = new WeakSet<IncomingMessage>();

  const events: Plugin<Request, Response> = (proxy) => {
    proxy.on('proxyReq', (upstream, req) => {
      upstreamOf.set(req, upstream);
      limitUpstreamTime(upstream, limits);
    });
    proxy.on('proxyRes', relay);
    proxy.on('error', (error, req, res) => {
      if (req !== undefined && res !== undefined && 'headersSent' in res) onError(error, req, res);
    });
  };
  // The library's own relay of answers swallows headers it cannot set and decides on Connection: ours does neither.
  const options = { target, agent, ejectPlugins: true, plugins: [events], selfHandleResponse: true };
  const forward = createProxyMiddleware<Request, Response>(options);

  function relay(answer: IncomingMessage, req: Request, res: Response): void {
    answer.once('error', () => {
      if (!res.destroyed && !res.writableEnded) metrics.upstreamErrors.inc({ reason: 'aborted' });
    });
    try {
      res.writeHead(answer.statusCode ?? 502, endToEndHeaders(answer));
    } catch (error) {
      // A header that Node refuses to send on. Nothing has been sent yet.
      answer.destroy();
      onError(error as Error, req, res);
      return;
    }
    res.flushHeaders();
    if (isEventStream(res)) streams.pipe(answer, res);
    else answer.pipe(res);
  }

  function onError(error: NodeJS.ErrnoException, req: Request, res: Response): void {
    // Begun answers are aborted by the proxy itself; a client that is gone gets none.
    if (res.headersSent || res.destroyed) return;
    if (!repeated.has(req) && isRepeatable(error, req, upstreamOf.get(req))) {
      repeated.add(req);
      void forward(req, res);
      return;
    }
    const failure = classifyFailure(error);
    metrics.upstreamErrors.inc({ reason: failure });
    setFailure(res, error);
    const code = failure === 'timeout' ? 'upstream_timeout' : 'upstream_unavailable';
    sendProblem(req, res, code, { retryAfterS: RETRY_AFTER_S, close: !req.complete });
  }

  function endSlowExchange(req: IncomingMessage, res: ServerResponse): void {
    metrics.refused.inc({ reason: 'slow_client' });
    if (res.headersSent) return void res.destroy();
    sendProblem(req, res, 'request_timeout', { close: true });
    upstreamOf.get(req)?.destroy();
  }

  return {
    handler: function proxyToApi(req, res, next) {
      if (!isApiPath(req.url)) return next();
      setRoute(res, 'api');
      const client = clientAddress(req);
      if (!admit(req, res, client)) return;
      pace.watch(req, res);
      const trusts = req.app.get('trust proxy fn') as (address: string, hop: number) => boolean;
      const peerIsTrusted = trusts(req.socket.remoteAddress ?? '', 0);
      if (!peerIsTrusted) warnOfUntrustedProxy(req);
      prepareRequestHeaders(req, client, peerIsTrusted);
      void forward(req, res, next);
    },
    endStreams: () => streams.end(),
    close() {
      pace.stop();
      agent.destroy();
    },
  };
}
