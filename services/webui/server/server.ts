import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import { createApp } from './app.ts';
import { StartError } from './config.ts';
import type { Context } from './context.ts';
import { createDrain, retireConnections } from './drain.ts';
import { createApiProxy } from './proxy.ts';
import { builtPages } from './static.ts';

const METRICS_DRAIN_MS = 1_000;

export interface RunningServer {
  /** `host:port`, connectable from this machine. */
  listen: { http: string; metrics: string };
  /** Readiness off → wait → refuse connections, end event streams, finish requests → close the rest. */
  shutdown(): Promise<void>;
}

export async function startServer(context: Context): Promise<RunningServer> {
  const { config, limits, metrics, state } = context;
  const proxy = createApiProxy(context);
  const http = createPublicServer(context);
  const pages = await createPages(context, http);
  http.on('request', createApp(context, proxy, pages.handler));
  const metricsServer = createServer(serveMetrics(metrics.registry));
  const [drainHttp, drainMetrics] = [createDrain(http), createDrain(metricsServer)];
  async function close(): Promise<void> {
    const drained = drainHttp(limits.drainMs);
    proxy.endStreams();
    await Promise.all([drained, pages.close()]);
    proxy.close();
    await drainMetrics(METRICS_DRAIN_MS);
  }
  try {
    await listen(http, config.HOST, config.PORT, 'PORT');
    await listen(metricsServer, config.HOST, config.METRICS_PORT, 'METRICS_PORT');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    listen: { http: address(http), metrics: address(metricsServer) },
    async shutdown() {
      state.shuttingDown = true;
      retireConnections(http);
      await new Promise((resolve) => setTimeout(resolve, config.SHUTDOWN_DELAY_MS));
      await close();
    },
  };
}

function createPublicServer({ config, limits }: Context): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // TCP's own probes find clients that vanished without a word while their event stream is quiet.
    keepAlive: true,
    keepAliveInitialDelay: limits.tcpProbeMs,
  };
  // Vite's hot reload is the only websocket there is; every other Upgrade header is ignored or refused.
  if (config.APP_ENV === 'development') {
    options.shouldUpgradeCallback = ({ headers }) =>
      /^vite-(?:hmr|ping)$/.test(headers['sec-websocket-protocol'] ?? '');
  }
  const server = createServer(options);
  server.timeout = limits.idleTimeoutMs;
  server.maxConnections = limits.maxConnections;
  return server;
}

async function createPages(
  context: Context,
  server: Server,
): Promise<{ handler: RequestHandler; close(): Promise<void> }> {
  if (context.config.APP_ENV !== 'development') {
    return { handler: builtPages(context.dist), close: async () => {} };
  }
  // Imported only here: production has no Vite installed.
  const { createDevPages } = await import('./dev.ts');
  return createDevPages(context.log, server);
}

function serveMetrics(registry: Registry): RequestListener {
  return async (req, res) => {
    if (req.url !== '/metrics') return void res.writeHead(404).end();
    const body = await registry.metrics();
    res.writeHead(200, { 'Content-Type': registry.contentType }).end(body);
  };
}

async function listen(server: Server, host: string, port: number, variable: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  try {
    await promise;
  } catch (error) {
    throw new StartError(listenProblem(error as NodeJS.ErrnoException, host, port, variable), {
      cause: error,
    });
  } finally {
    server.off('error', reject);
  }
}

function listenProblem(
  { code, message }: NodeJS.ErrnoException,
  host: string,
  port: number,
  variable: string,
) {
  if (code === 'EADDRINUSE') return `Port ${port} is in use. Stop what listens there or set ${variable}.`;
  if (code === 'EACCES') return `Port ${port} needs privileges. Set ${variable} to 1024 or more.`;
  if (code === 'EADDRNOTAVAIL') return `${host} is no address of this machine. Set HOST.`;
  return `Cannot listen on ${host}:${port} (${variable}): ${message}`;
}

function address(server: Server): string {
  const { address: host, port, family } = server.address() as AddressInfo;
  if (host === '0.0.0.0' || host === '::') return `127.0.0.1:${port}`;
  return family === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}`;
}
