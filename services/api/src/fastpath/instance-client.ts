import { isIP } from 'node:net';
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientReadableStream,
  type Metadata,
  status,
} from '@grpc/grpc-js';
import type { ResolvedAddress } from './addresses.ts';
import type { ApplyRulesResponse__Output } from './gen/fastpath/v1/ApplyRulesResponse.ts';
import type { CapturedPacket__Output } from './gen/fastpath/v1/CapturedPacket.ts';
import type { CaptureRequest } from './gen/fastpath/v1/CaptureRequest.ts';
import type { ClassifyResponse__Output } from './gen/fastpath/v1/ClassifyResponse.ts';
import type { GetStatusResponse__Output } from './gen/fastpath/v1/GetStatusResponse.ts';
import type { ListFlowsRequest } from './gen/fastpath/v1/ListFlowsRequest.ts';
import type { ListFlowsResponse__Output } from './gen/fastpath/v1/ListFlowsResponse.ts';
import type { ListRuleCountersRequest } from './gen/fastpath/v1/ListRuleCountersRequest.ts';
import type { ListRuleCountersResponse__Output } from './gen/fastpath/v1/ListRuleCountersResponse.ts';
import type { Stats__Output } from './gen/fastpath/v1/Stats.ts';
import { grpcCode } from './grpc-errors.ts';
import { MAX_MESSAGE_BYTES, fastPathService as rpc } from './proto.ts';

/** Deadlines in milliseconds. Reads are answered from memory; applying compiles up to 100,000 rules. */
const READ_MS = 2_000;
const APPLY_MS = 30_000;
/** What a capture may take beyond its own time limit before it counts as stuck. */
const CAPTURE_GRACE_MS = 5_000;
/** Statistics are watched for hours; the reader's watchdog ends a silent stream, this bounds a forgotten one. */
const WATCH_MS = 60 * 60_000;

export interface InstanceClientOptions {
  credentials: ChannelCredentials;
  token: () => Metadata;
}

/** What a call needs of a generated method definition. */
interface Rpc<Req, Res> {
  path: string;
  requestSerialize: (value: Req) => Buffer;
  responseDeserialize: (bytes: Buffer) => Res;
}

const applyEncoded: Rpc<Buffer, ApplyRulesResponse__Output> = encoded(rpc.ApplyRules);
const classifyEncoded: Rpc<Buffer, ClassifyResponse__Output> = encoded(rpc.Classify);

/** A method whose requests come as bytes already. */
function encoded<Res>({ path, responseDeserialize }: Rpc<never, Res>): Rpc<Buffer, Res> {
  return { path, requestSerialize: (message) => message, responseDeserialize };
}

/** The RPCs of one fast-path instance. Rejections and stream errors are grpc-js ServiceErrors. */
export interface InstanceClient {
  readonly address: string;
  getStatus(signal?: AbortSignal): Promise<GetStatusResponse__Output>;
  /** `message` is an encoded ApplyRulesRequest: large, and the same for every instance. */
  applyRules(message: Buffer, signal?: AbortSignal): Promise<ApplyRulesResponse__Output>;
  listRuleCounters(request: ListRuleCountersRequest): Promise<ListRuleCountersResponse__Output>;
  listFlows(request: ListFlowsRequest): Promise<ListFlowsResponse__Output>;
  /** `message` is an encoded ClassifyRequest. */
  classify(message: Buffer): Promise<ClassifyResponse__Output>;
  watchStats(intervalMs: number): ClientReadableStream<Stats__Output>;
  capture(
    request: CaptureRequest & { max_duration_ms: number },
  ): ClientReadableStream<CapturedPacket__Output>;
  /** Calls in flight go on; nothing new is accepted. */
  close(): void;
}

export function createInstanceClient(
  { address, host }: ResolvedAddress,
  { credentials, token }: InstanceClientOptions,
): InstanceClient {
  let client = new Client(address, credentials, channelOptions(host));

  async function unary<Req, Res>(
    method: Rpc<Req, Res>,
    request: Req,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Res> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Res>();
    const call = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      token(),
      { deadline: Date.now() + timeoutMs },
      (error, response) => (error ? reject(error) : resolve(response as Res)),
    );
    const cancel = () => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await promise;
    } catch (error) {
      if (grpcCode(error) === status.DEADLINE_EXCEEDED) reconnect();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  // A node that vanished without a FIN leaves a connection (or a connect) that TCP retries for minutes. A fresh
  // channel finds the instance as soon as it is back under this address. Streams on the old one run on.
  function reconnect(): void {
    client.close();
    client = new Client(address, credentials, channelOptions(host));
  }

  function serverStream<Req, Res>(
    method: Rpc<Req, Res>,
    request: Req,
    timeoutMs: number,
  ): ClientReadableStream<Res> {
    return client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      token(),
      { deadline: Date.now() + timeoutMs },
    );
  }

  return {
    address,
    getStatus: (signal) => unary(rpc.GetStatus, {}, READ_MS, signal),
    applyRules: (message, signal) => unary(applyEncoded, message, APPLY_MS, signal),
    listRuleCounters: (request) => unary(rpc.ListRuleCounters, request, READ_MS),
    listFlows: (request) => unary(rpc.ListFlows, request, READ_MS),
    classify: (message) => unary(classifyEncoded, message, READ_MS),
    watchStats: (intervalMs) => serverStream(rpc.WatchStats, { interval_ms: intervalMs }, WATCH_MS),
    capture: (request) => serverStream(rpc.Capture, request, request.max_duration_ms + CAPTURE_GRACE_MS),
    close: () => client.close(),
  };
}

function channelOptions(host: string): ChannelOptions {
  return {
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    // Enforcement must be back within seconds of a restart; the default waits up to two minutes.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 500,
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 3_000,
    'grpc.keepalive_permit_without_calls': 1,
    // The reconciler retries with its own backoff; transparent retries would outlive its decisions.
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
    // We connect to an address of the name, and the certificate is made out to the name.
    ...(isIP(host) === 0 && { 'grpc.ssl_target_name_override': host, 'grpc.default_authority': host }),
  };
}
