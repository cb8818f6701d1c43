import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import jwt from 'jsonwebtoken';
import type { ApplyRulesRequest__Output } from '../gen/fastpath/v1/ApplyRulesRequest.ts';
import type { CapturedPacket } from '../gen/fastpath/v1/CapturedPacket.ts';
import type { CaptureRequest__Output } from '../gen/fastpath/v1/CaptureRequest.ts';
import type { FastPathHandlers } from '../gen/fastpath/v1/FastPath.ts';
import type { FlowStats } from '../gen/fastpath/v1/FlowStats.ts';
import type { ListRuleCountersRequest__Output } from '../gen/fastpath/v1/ListRuleCountersRequest.ts';
import type { RuleCounter } from '../gen/fastpath/v1/RuleCounter.ts';
import type { Stats } from '../gen/fastpath/v1/Stats.ts';
import { fastPathService, MAX_MESSAGE_BYTES } from '../proto.ts';

/** A fast path without packets: real gRPC, real tokens, real rule-set versions; its figures are what a test sets. */
export interface FakeFastPath {
  readonly address: string;
  readonly port: number;
  applied: ApplyRulesRequest__Output | null;
  /** How many ApplyRules changed something. */
  applies: number;
  /** ApplyRules refuses a rule of this priority as invalid. */
  refusedPriority: number | null;
  applyCalls: number;
  /** What it tells of its limit; ApplyRules refuses a larger set. 0 = an older release, which tells nothing. */
  maxRules: number;
  /** Every answer waits so long. */
  delayMs: number;
  stats: Stats;
  counters: RuleCounter[];
  flows: FlowStats[];
  /** What Capture sends; `null` keeps the stream open after them. */
  packets: (CapturedPacket | null)[];
  captures: CaptureRequest__Output[];
  /** Streams that are open now. */
  open: { watch: number; capture: number };
  watchesOpened: number;
  /** Drops every connection at once, like SIGKILL. */
  kill(): void;
}

interface FakeOptions {
  secret: string;
  host?: string;
  port?: number;
  credentials?: ServerCredentials;
}

export async function startFakeFastPath({
  secret,
  host = '127.0.0.1',
  port = 0,
  credentials,
}: FakeOptions): Promise<FakeFastPath> {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES });
  const fake: FakeFastPath = {
    address: '',
    port: 0,
    applied: null,
    applies: 0,
    refusedPriority: null,
    applyCalls: 0,
    maxRules: 100_000,
    delayMs: 0,
    stats: {},
    counters: [],
    flows: [],
    packets: [],
    captures: [],
    open: { watch: 0, capture: 0 },
    watchesOpened: 0,
    kill: () => server.forceShutdown(),
  };
  server.addService(fastPathService, guarded(handlers(fake), fake, secret));
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials ?? ServerCredentials.createInsecure(), (error, chosen) =>
      error ? reject(error) : resolve(chosen),
    );
  });
  return Object.assign(fake, { port: bound, address: `${host}:${bound}` });
}

type Call = Parameters<FastPathHandlers['GetStatus']>[0] | Parameters<FastPathHandlers['WatchStats']>[0];
type Handler = (call: Call, callback: (error: unknown) => void) => void;

/** Puts the token check and the delay before every RPC. */
function guarded(all: FastPathHandlers, fake: FakeFastPath, secret: string): FastPathHandlers {
  const wrapped = Object.entries(all).map(([name, handler]): [string, Handler] => [
    name,
    (call, callback) => {
      const refuse = (code: status, details: string) => {
        const error = Object.assign(new Error(details), { code, details });
        if ('write' in call) call.emit('error', error);
        else callback(error);
      };
      const token = String(call.metadata.get('authorization')[0] ?? '').replace(/^Bearer /, '');
      try {
        const { exp = 0, iat = 0 } = jwt.verify(token, secret, {
          algorithms: ['HS256'],
          audience: 'fastpath',
          issuer: 'tripod-api',
        }) as jwt.JwtPayload;
        if (exp - iat > 60) return refuse(status.UNAUTHENTICATED, 'the token lives too long');
      } catch (error) {
        return refuse(status.UNAUTHENTICATED, String(error));
      }
      setTimeout(() => (handler as unknown as Handler)(call, callback), fake.delayMs);
    },
  ]);
  return Object.fromEntries(wrapped) as unknown as FastPathHandlers;
}

function handlers(fake: FakeFastPath): FastPathHandlers {
  const instanceId = randomUUID();
  const startedAt = Date.now();
  return {
    GetStatus: (_call, callback) =>
      callback(null, {
        version: '0.0.0-fake',
        instance_id: instanceId,
        hostname: 'fake',
        started_at_ms: startedAt,
        mode: 'MODE_UDP',
        mode_reason: 'this is a test',
        data_addresses: ['127.0.0.1:7000'],
        workers: 1,
        rules: fake.applied?.version ?? { source_id: '', revision: 0 },
        rule_count: fake.applied?.rules.length ?? 0,
        mask_count: 1,
        generation: fake.applies,
        max_rules: fake.maxRules,
      }),
    ApplyRules: (call, callback) => applyRules(fake, call, callback),
    ListRuleCounters: (call, callback) =>
      callback(null, {
        version: fake.applied?.version ?? null,
        counters: countersFor(fake, call.request),
        unmatched_packets: 3,
        unmatched_bytes: 300,
      }),
    ListFlows: (_call, callback) => callback(null, { flows: fake.flows, flows_active: fake.flows.length }),
    Classify: (call, callback) =>
      callback(null, {
        version: fake.applied?.version ?? null,
        verdicts: call.request.flows.map((flow) => {
          const rule = fake.applied?.rules.find(({ dst_ports }) => dst_ports?.min === flow.dst_port);
          return rule ? { action: rule.action, rule_id: rule.id } : { action: 'ACTION_ALLOW', rule_id: '' };
        }),
      }),
    ClassifyStream: (call) => call.end(),
    WatchStats: (call) => watchStats(fake, call),
    Capture: (call) => capture(fake, call),
  };
}

/** An older release does not know the fields of the request. */
function countersFor(fake: FakeFastPath, { rule_ids, limit }: ListRuleCountersRequest__Output) {
  if (fake.maxRules === 0) return fake.counters;
  const wanted = fake.counters.filter(
    ({ rule_id }) => rule_ids.length === 0 || rule_ids.includes(String(rule_id)),
  );
  if (limit === 0) return wanted;
  return wanted.toSorted((a, b) => Number(b.packets) - Number(a.packets)).slice(0, limit);
}

function applyRules(
  fake: FakeFastPath,
  call: ServerUnaryCall<ApplyRulesRequest__Output, unknown>,
  callback: Parameters<FastPathHandlers['ApplyRules']>[1],
): void {
  fake.applyCalls += 1;
  if (call.request.rules.some(({ priority }) => priority === fake.refusedPriority)) {
    callback({ code: status.INVALID_ARGUMENT, details: 'rules[0].priority: not this one' });
    return;
  }
  if (fake.maxRules > 0 && call.request.rules.length > fake.maxRules) {
    callback({ code: status.INVALID_ARGUMENT, details: `rules: more than ${fake.maxRules} (MAX_RULES)` });
    return;
  }
  const [next, held] = [call.request.version, fake.applied?.version];
  const sameSource = held?.source_id === next?.source_id;
  if (held && next && sameSource && next.revision < held.revision) {
    callback({ code: status.FAILED_PRECONDITION, details: `revision ${held.revision} is in force` });
    return;
  }
  const changed = !(sameSource && next?.revision === held?.revision);
  if (changed) {
    fake.applied = call.request;
    fake.applies += 1;
  }
  callback(null, { version: next, generation: fake.applies, changed });
}

function watchStats(fake: FakeFastPath, call: ServerWritableStream<{ interval_ms: number }, Stats>): void {
  fake.open.watch += 1;
  fake.watchesOpened += 1;
  const send = () => call.write({ time_ms: Date.now(), ...fake.stats });
  const timer = setInterval(send, call.request.interval_ms || 1_000);
  send();
  onceOver(call, () => {
    clearInterval(timer);
    fake.open.watch -= 1;
  });
}

function capture(
  fake: FakeFastPath,
  call: ServerWritableStream<CaptureRequest__Output, CapturedPacket>,
): void {
  fake.open.capture += 1;
  fake.captures.push(call.request);
  onceOver(call, () => {
    fake.open.capture -= 1;
  });
  for (const packet of fake.packets) {
    if (packet === null) return;
    call.write(packet);
  }
  call.end();
}

function onceOver(call: EventEmitter, done: () => void): void {
  let over = false;
  const finish = () => {
    if (!over) done();
    over = true;
  };
  call.on('cancelled', finish);
  call.on('close', finish);
  call.on('finish', finish);
}
