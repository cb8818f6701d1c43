import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { createApp } from './app.ts';
import { ConfigError } from './config.ts';
import type { Context } from './context.ts';

interface RunningServer {
  /** host:port of each listener, connectable from this machine. */
  listen: { http: string; metrics: string };
  /** Readiness off, wait for load balancers, let requests finish, close everything. */
  stop(): Promise<void>;
}

/** Requests that run longer than this after the listener closed are cut. */
const DRAIN_TIMEOUT_MS = 10_000;

/** Listens on both ports and starts the background components. */
export async function startServer(ctx: Context): Promise<RunningServer> {
  const { HOST, PORT, METRICS_PORT } = ctx.config;
  const http = await listen(createApp(ctx), HOST, PORT, 'PORT');
  const metrics = await listen(metricsApp(ctx), HOST, METRICS_PORT, 'METRICS_PORT');
  ctx.lifecycle.start();
  return {
    listen: { http: addressOf(http), metrics: addressOf(metrics) },
    async stop() {
      ctx.lifecycle.stop();
      await sleep(ctx.config.SHUTDOWN_DELAY_MS);
      const closed = close(http);
      ctx.lifecycle.drain();
      await closed;
      await ctx.lifecycle.close();
      await close(metrics);
    },
  };
}

function metricsApp({ metrics }: Context): RequestListener {
  const app = express().disable('x-powered-by');
  app.get('/metrics', async (_req, res) => {
    res.set('Content-Type', metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return app;
}

async function listen(app: RequestListener, host: string, port: number, variable: string): Promise<Server> {
  const server = createServer(
    { requestTimeout: 60_000, headersTimeout: 20_000, keepAliveTimeout: 65_000 },
    app,
  );
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new ConfigError(
      `${variable}: cannot listen on ${host}:${port} (${(cause as Error).message}); free it or set ${variable}`,
      { cause },
    );
  }
  return server;
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  if (address === '0.0.0.0' || address === '::') return `127.0.0.1:${port}`;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT_MS);
  await closed;
  clearTimeout(timer);
}
