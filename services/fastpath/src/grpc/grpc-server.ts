import { readFileSync } from 'node:fs';
import {
  type handleUnaryCall,
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { serverStream, unary } from './calls.ts';
import type { ApplyRulesRequest__Output } from './gen/fastpath/v1/ApplyRulesRequest.ts';
import type { ApplyRulesResponse } from './gen/fastpath/v1/ApplyRulesResponse.ts';
import type { FastPathHandlers } from './gen/fastpath/v1/FastPath.ts';
import { applyRules } from './handlers/apply-rules.ts';
import { capture } from './handlers/capture.ts';
import { classifyFlows } from './handlers/classify.ts';
import { classifyStream } from './handlers/classify-stream.ts';
import { getStatus } from './handlers/get-status.ts';
import { listFlows } from './handlers/list-flows.ts';
import { listRuleCounters } from './handlers/list-rule-counters.ts';
import { watchStats } from './handlers/watch-stats.ts';
import { authenticate, limitCalls, observeCalls } from './interceptors.ts';
import { loadDefinition } from './service-definition.ts';

// A rule with IPv6 prefixes and port ranges on both sides is 180 bytes at most. The largest set must fit.
const BYTES_PER_RULE = 256;
const MIN_MESSAGE_BYTES = 16 * 1024 * 1024;
const DRAIN_MS = 3_000;

export type GrpcServer = {
  readonly port: number;
  /** What grpc.health.v1 answers for the server and for the service. */
  setServing(serving: boolean): void;
  /** Ends streams, lets calls in flight finish for a few seconds, then cuts them off. */
  close(): Promise<void>;
};

export type ObserveCall = (method: string, code: string, seconds: number) => void;

/** @throws AppError `port_in_use` or `start_failed` that names the variable to change. */
export async function startGrpcServer(context: Context, observe: ObserveCall): Promise<GrpcServer> {
  const { config, log } = context;
  const { definition, types } = loadDefinition();
  const closing = new AbortController();
  const maxMessageBytes = Math.max(MIN_MESSAGE_BYTES, config.maxRules * BYTES_PER_RULE);
  // It writes to stderr what it also throws, or reports to the caller.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    // The first is the nearest to the network: it sees what the others refuse.
    interceptors: [
      observeCalls(observe),
      authenticate(config.secret, log),
      limitCalls(config.grpcMaxCalls, log),
    ],
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    // More than the calls that are let in: those beyond are answered, not left waiting in the caller.
    'grpc.max_concurrent_streams': config.grpcMaxCalls * 2 + 100,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  const health = new HealthImplementation({ '': 'NOT_SERVING', 'fastpath.v1.FastPath': 'NOT_SERVING' });
  const { service } = types.fastpath.v1.FastPath;
  server.addService(
    { ...service, ApplyRules: { ...service.ApplyRules, requestDeserialize: (message: Buffer) => message } },
    handlers(context, closing.signal, service.ApplyRules.requestDeserialize),
  );
  health.addToServer(server);
  new ReflectionService(definition).addToServer(server);
  const port = await listen(server, config);
  return {
    port,
    setServing(serving) {
      for (const name of ['', 'fastpath.v1.FastPath'])
        health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    },
    async close() {
      closing.abort();
      const timer = setTimeout(() => server.forceShutdown(), DRAIN_MS);
      await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      clearTimeout(timer);
      server.forceShutdown();
    },
  };
}

/** ApplyRules reads its request itself: it can be too large to be decoded in one go. */
type Handlers = Omit<FastPathHandlers, 'ApplyRules'> & {
  ApplyRules: handleUnaryCall<Buffer, ApplyRulesResponse>;
};

function handlers(
  context: Context,
  closing: AbortSignal,
  decodeRules: (message: Buffer) => ApplyRulesRequest__Output,
): Handlers {
  const { log } = context;
  return {
    GetStatus: unary(log, getStatus(context)),
    ApplyRules: unary(log, applyRules(context, decodeRules)),
    ListRuleCounters: unary(log, listRuleCounters(context)),
    Classify: unary(log, classifyFlows(context)),
    ClassifyStream: classifyStream(context, closing),
    WatchStats: serverStream(log, closing, watchStats(context)),
    ListFlows: unary(log, listFlows(context)),
    Capture: serverStream(log, closing, capture(context)),
  };
}

function listen(server: Server, config: Config): Promise<number> {
  const address = `${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.grpcPort}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials(config), (error, port) => {
      if (error === null) return resolve(port);
      const inUse = error.message.includes('EADDRINUSE');
      const problem = inUse ? 'is in use by another process' : `cannot be bound (${error.message})`;
      const code = inUse ? 'port_in_use' : 'start_failed';
      return reject(
        new AppError(code, `gRPC ${address} ${problem}; change GRPC_PORT or HOST`, { cause: error }),
      );
    });
  });
}

function credentials({ grpcTls }: Config): ServerCredentials {
  if (grpcTls === null) return ServerCredentials.createInsecure();
  try {
    const pair = { cert_chain: readFileSync(grpcTls.certFile), private_key: readFileSync(grpcTls.keyFile) };
    return ServerCredentials.createSsl(null, [pair]);
  } catch (error) {
    throw new AppError('start_failed', `GRPC_TLS_CERT, GRPC_TLS_KEY: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
