import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { getStatus } from '../grpc/handlers/get-status.ts';
import { readiness } from '../readiness.ts';
import type { Metrics } from './metrics.ts';

export type HttpServer = { readonly port: number; close(): Promise<void> };

/** Probes, metrics and status. @throws AppError `port_in_use` or `start_failed` that names HTTP_PORT. */
export async function startHttpServer(
  context: Context,
  metrics: Metrics,
  isDraining: () => boolean,
): Promise<HttpServer> {
  const { host, httpPort } = context.config;
  const server = createServer(createApp(context, metrics, isDraining));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const inUse = error.code === 'EADDRINUSE';
      const problem = inUse ? 'is in use by another process' : `cannot be bound (${error.message})`;
      const message = `HTTP ${host}:${httpPort} ${problem}; change HTTP_PORT or HOST`;
      reject(new AppError(inUse ? 'port_in_use' : 'start_failed', message, { cause: error }));
    });
    server.listen(httpPort, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function createApp(context: Context, metrics: Metrics, isDraining: () => boolean) {
  const app = express().disable('x-powered-by');
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', (_request, response) => {
    const state = readiness(context.plane, isDraining());
    response.status(state.status === 'not_ready' ? 503 : 200).json(state);
  });
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.scrape());
  });
  app.get('/status', (_request, response) => {
    response.json(getStatus(context)());
  });
  app.use((_request, response) => {
    response.status(404).json({ status: 'not_found' });
  });
  return app;
}
