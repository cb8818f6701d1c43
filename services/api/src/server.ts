import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { createApp } from './app.ts';
import { ConfigError } from './config.ts';
import type { Context } from './context.ts';
import { createDrain, retireConnections } from './drain.ts';

interface RunningServer {
  /** host:port of each listener, connectable from this machine. */
  listen: { http: string; metrics: string };
  /** Readiness off, wait for load balancers, let requests finish, close everything. */
  stop(): Promise<void>;
}

/** Requests that run longer than this after the listener closed are cut. */
const DRAIN_TIMEOUT_MS = 10_000;
const METRICS_DRAIN_MS = 1_000;

/** Listens on both ports and starts the background components. */
export async function startServer(ctx: Context): Promise<RunningServer> {
  const { HOST, PORT, METRICS_PORT } = ctx.config;
  const http = await listen(createApp(ctx), HOST, PORT, 'PORT');
  const metrics = await listen(metricsApp(ctx), HOST, METRICS_PORT, 'METRICS_PORT');
  ctx.lifecycle.start();
  return {
    listen: { http: http.address, metrics: metrics.address },
    async stop() {
      ctx.lifecycle.stop();
      http.retire();
      await sleep(ctx.config.SHUTDOWN_DELAY_MS);
      const closed = http.drain(DRAIN_TIMEOUT_MS);
      ctx.lifecycle.drain();
      await closed;
      await ctx.lifecycle.close();
      await metrics.drain(METRICS_DRAIN_MS);
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

interface Listener {
  address: string;
  retire(): void;
  drain(deadlineMs: number): Promise<void>;
}

async function listen(app: RequestListener, host: string, port: number, variable: string): Promise<Listener> {
  const server = createServer(
    { requestTimeout: 60_000, headersTimeout: 20_000, keepAliveTimeout: 65_000 },
    app,
  );
  const drain = createDrain(server);
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new ConfigError(
      `${variable}: cannot listen on ${host}:${port} (${(cause as Error).message}); free it or set ${variable}`,
      { cause },
    );
  }
  return { address: addressOf(server), retire: () => retireConnections(server), drain };
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  if (address === '0.0.0.0' || address === '::') return `127.0.0.1:${port}`;
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
