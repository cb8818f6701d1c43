import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from './context.ts';
import { startGrpcServer } from './grpc/grpc-server.ts';
import { startHttpServer } from './http/http-server.ts';
import { createMetrics } from './http/metrics.ts';
import { hostPort } from './port/udp/local-addresses.ts';

export type RunningServer = {
  /** Connectable `host:port` of everything that listens. */
  readonly listen: { readonly http: string; readonly grpc: string; readonly data: readonly string[] };
  /** Readiness off, wait, drain calls, stop workers. Idempotent. */
  close(): Promise<void>;
};

/** Starts data plane, gRPC and HTTP, in this order: who sees the probes answer finds the rest working. */
export async function startServer(context: Context): Promise<RunningServer> {
  const { config, plane } = context;
  const metrics = createMetrics(context);
  let draining = false;
  const undo: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    await plane.start();
    undo.push(() => plane.stop());
    const grpc = await startGrpcServer(context, metrics.observeCall);
    undo.push(() => grpc.close());
    const http = await startHttpServer(context, metrics, () => draining);
    undo.push(() => http.close());
    undo.push(async () => {
      draining = true;
      grpc.setServing(false);
      await sleep(config.shutdownDelayMs);
    });
    grpc.setServing(true);
    const host = connectable(config.host);
    const listen = {
      http: hostPort(host, http.port),
      grpc: hostPort(host, grpc.port),
      data: plane.port.addresses(),
    };
    return { listen, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function connectable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
