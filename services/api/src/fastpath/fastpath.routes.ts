import { guardSession } from '../auth/session-guard.ts';
import { defineRoute, type Route } from '../http/route.ts';
import { serveCapture } from './capture-response.ts';
import { serveEvents } from './event-stream.ts';
import {
  CAPTURE_CONTENT,
  CaptureBody,
  ClassifyBody,
  ClassifyResult,
  FastPathStats,
  FastPathStatus,
  FlowList,
  FlowQuery,
  RuleCounterList,
  RuleCounterQuery,
} from './fastpath.schemas.ts';

const tag = 'fastpath';
const UNAVAILABLE = ['fastpath_unavailable', 'fastpath_disabled'] as const;
/** 10,000 flows of the longest spelling. */
const CLASSIFY_BYTES = 2 * 1024 * 1024;

export const fastpathRoutes: Route[] = [
  defineRoute({
    method: 'get',
    path: '/fastpath/status',
    operationId: 'getFastPathStatus',
    summary: 'Every fast-path instance: mode, rules in force, reachability',
    description:
      'Answers 200 also when no instance is reachable, and when there is no fast path (enabled: false).',
    tag,
    permission: 'fastpath:read',
    response: { status: 200, schema: FastPathStatus },
    handle: (_request, ctx) => ctx.fastpath.status(),
  }),
  defineRoute({
    method: 'get',
    path: '/fastpath/stats',
    operationId: 'getFastPathStats',
    summary: 'Counters of all instances, now',
    tag,
    permission: 'fastpath:read',
    response: { status: 200, schema: FastPathStats },
    errors: UNAVAILABLE,
    handle: (_request, ctx) => ctx.fastpath.stats(),
  }),
  defineRoute({
    method: 'get',
    path: '/fastpath/stats/stream',
    operationId: 'streamFastPathStats',
    summary: 'Counters every second, as server-sent events',
    description:
      'Events of type `stats` with the JSON of GET /fastpath/stats. A slow reader misses events and never gets old ' +
      'ones. The stream ends when the session ends.',
    tag,
    permission: 'fastpath:read',
    response: { status: 200, content: { 'text/event-stream': { schema: FastPathStats } } },
    errors: ['fastpath_disabled', 'too_many_streams'],
    async handle({ caller, signal, res }, ctx) {
      ctx.fastpath.quotas.events.take(caller.userId, res);
      await serveEvents(res, {
        signal: guardSession(signal, () => ctx.sessions.isLive(caller.sessionId)),
        subscribe: (send) => ctx.fastpath.watchStats((stats) => send('stats', stats)),
      });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/fastpath/flows',
    operationId: 'listFlows',
    summary: 'Top talkers of all instances',
    tag,
    permission: 'fastpath:read',
    query: FlowQuery,
    response: { status: 200, schema: FlowList },
    errors: UNAVAILABLE,
    handle: ({ query }, ctx) => ctx.fastpath.flows(query),
  }),
  defineRoute({
    method: 'get',
    path: '/fastpath/rules',
    operationId: 'listRuleCounters',
    summary: 'What rules have decided so far, summed over all instances',
    description:
      'With `rule_ids` the counters of these rules; ids of no rule in force are left out. Without, the `limit` rules ' +
      'with the most packets, most first, as far as each is among those of at least one instance. ' +
      '(`fastpath_rule_packets_total` of each fast path is the place to follow all rules over time.)',
    tag,
    permission: 'fastpath:read',
    query: RuleCounterQuery,
    response: { status: 200, schema: RuleCounterList },
    errors: UNAVAILABLE,
    handle: ({ query }, ctx) => ctx.fastpath.ruleCounters(query),
  }),
  defineRoute({
    method: 'post',
    path: '/fastpath/classify',
    operationId: 'classifyFlows',
    summary: 'What the rules in force would do with these flows',
    description: 'Spends no tokens of rate limits and counts nothing.',
    tag,
    permission: 'fastpath:read',
    body: ClassifyBody,
    bodyLimit: CLASSIFY_BYTES,
    response: { status: 200, schema: ClassifyResult },
    errors: UNAVAILABLE,
    handle: ({ body }, ctx) => ctx.fastpath.classify(body),
  }),
  defineRoute({
    method: 'post',
    path: '/fastpath/captures',
    operationId: 'capturePackets',
    summary: 'Packets as they arrive, until a limit is reached or the client hangs up',
    description:
      'One JSON object per line, or a pcap file with `Accept: application/vnd.tcpdump.pcap`. Every capture is ' +
      'recorded in the audit log. A connection that is cut instead of ended means an incomplete capture.',
    tag,
    permission: 'fastpath:capture',
    body: CaptureBody,
    response: { status: 200, content: CAPTURE_CONTENT },
    errors: [...UNAVAILABLE, 'not_acceptable', 'too_many_streams'],
    handle: serveCapture,
  }),
];
