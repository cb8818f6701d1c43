import { z } from 'zod';
import { CidrText } from '../rules/cidr.schema.ts';
import { isHostAddress } from '../rules/cidr.ts';
import { Id } from '../schemas.ts';
import { Packet, Verdict } from './capture.schemas.ts';

const count = z.int().meta({ description: 'Counts from the start of the instance' });
const Time = z.string().meta({ format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'] });

const RuleSetVersion = z.object({ source_id: z.string(), revision: z.int() }).meta({
  id: 'RuleSetVersion',
  description: 'One state of all rules. Revisions of different sources are unrelated.',
});

const FastPathInstance = z
  .object({
    address: z.string(),
    reachable: z.boolean(),
    error: z.string().optional().meta({ description: 'Why it is not reachable or not in sync' }),
    version: z.string().nullable(),
    instance_id: z.string().nullable(),
    hostname: z.string().nullable(),
    started_at: Time.nullable(),
    mode: z.enum(['udp', 'afxdp']).nullable(),
    mode_reason: z.string().nullable(),
    data_addresses: z.array(z.string()),
    workers: z.int(),
    rule_count: z.int(),
    mask_count: z.int(),
    generation: z.int(),
    applied: RuleSetVersion.nullable().meta({ description: 'The rule set in force; null = none yet' }),
    in_sync: z.boolean().meta({ description: 'Whether it enforces exactly the rules as they are saved now' }),
    last_seen_at: Time.nullable(),
  })
  .meta({
    id: 'FastPathInstance',
    description:
      'Of an instance that is not reachable: what it last said, null where it never said anything.',
  });

export const FastPathStatus = z
  .object({
    enabled: z.boolean().meta({ description: 'false: this installation runs without a fast path' }),
    desired: RuleSetVersion,
    instances: z.array(FastPathInstance),
  })
  .meta({ id: 'FastPathStatus' });

const counters = {
  rx_packets: count,
  rx_bytes: count,
  tx_packets: count,
  tx_bytes: count,
  consumed_packets: count,
  passed_packets: count.meta({
    description: 'Judged, allowed, and passed on to the network stack: not for the data plane',
  }),
  drops: z.record(z.string(), z.int()).meta({ description: 'Dropped packets by reason' }),
  flows_active: z.int(),
  flows_evicted: count,
};

const InstanceStats = z
  .object({
    address: z.string(),
    reachable: z.boolean(),
    error: z.string().optional(),
    time: Time.nullable().meta({ description: 'When the instance counted; null = not reachable' }),
    ...counters,
  })
  .meta({ id: 'FastPathInstanceStats', description: 'Zeros while the instance is not reachable.' });

export const FastPathStats = z.object({ time: Time, ...counters, instances: z.array(InstanceStats) }).meta({
  id: 'FastPathStats',
  description:
    'Sums over the reachable instances. A restarted or vanished instance makes them smaller: compute rates per ' +
    'instance, and treat a smaller value as a restart.',
});

const unreachable = z.array(z.string()).meta({ description: 'Instances whose part is missing here' });

export const FlowQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  order: z.enum(['bytes', 'packets']).default('bytes'),
});

export const FlowList = z
  .object({
    items: z.array(
      z
        .object({
          instance: z.string(),
          src_addr: z.string(),
          dst_addr: z.string(),
          protocol: z.int().meta({ description: 'IANA number: 6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6' }),
          src_port: z.int().nullable(),
          dst_port: z.int().nullable(),
          packets: z.int(),
          bytes: z.int(),
          dropped_packets: z.int(),
          first_seen_at: Time,
          last_seen_at: Time,
          verdict: Verdict,
        })
        .meta({ id: 'Flow' }),
    ),
    flows_active: z.int(),
    unreachable,
  })
  .meta({ id: 'FlowList' });

/** The most ids in one question: as many as fit into the 8 KB that proxies commonly allow for a URL. */
const MAX_RULE_IDS = 200;
const DEFAULT_COUNTERS = 100;

export const RuleCounterQuery = z
  .strictObject({
    rule_ids: z
      .preprocess(splitList, z.array(Id).min(1).max(MAX_RULE_IDS).optional())
      .optional()
      .meta({
        description: 'Ids of rules, separated by commas',
        param: { style: 'form', explode: false },
      }),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(1000)
      .optional()
      .meta({ description: `How many of the busiest rules, default ${DEFAULT_COUNTERS}` }),
  })
  .refine(({ rule_ids, limit }) => rule_ids === undefined || limit === undefined, {
    path: ['limit'],
    message: 'Use either rule_ids or limit',
  })
  .transform(({ rule_ids, limit = DEFAULT_COUNTERS }) => ({ rule_ids, limit }));

/** A parameter that was given once is a text, one that was repeated is several. */
function splitList(value: unknown): unknown {
  return typeof value === 'string' || Array.isArray(value) ? String(value).split(',') : value;
}

export const RuleCounterList = z
  .object({
    items: z.array(
      z
        .object({ rule_id: z.string(), packets: z.int(), bytes: z.int(), dropped_packets: z.int() })
        .meta({ id: 'RuleCounter' }),
    ),
    unmatched: z.object({ packets: z.int(), bytes: z.int() }),
    unreachable,
  })
  .meta({ id: 'RuleCounterList', description: 'Sums over the reachable instances.' });

const address = z
  .string()
  .refine(isHostAddress, 'Not an IPv4 or IPv6 address')
  .meta({ examples: ['192.0.2.1'] });
const port = z.int().min(0).max(65_535);

export const ClassifyBody = z
  .strictObject({
    flows: z
      .array(
        z
          .strictObject({
            src_addr: address,
            dst_addr: address,
            protocol: z.int().min(0).max(255).meta({ description: 'IANA protocol number' }),
            src_port: port.nullable().default(null),
            dst_port: port.nullable().default(null),
          })
          .refine((flow) => flow.src_addr.includes(':') === flow.dst_addr.includes(':'), {
            path: ['dst_addr'],
            message: 'Source and destination must be of the same address family',
          }),
      )
      .min(1)
      .max(10_000),
  })
  .meta({ id: 'ClassifyBody' });

export const ClassifyResult = z
  .object({
    items: z.array(Verdict).meta({ description: 'One for each flow, in order' }),
    version: RuleSetVersion.nullable().meta({ description: 'The rule set that was asked' }),
    instance: z.string(),
  })
  .meta({ id: 'ClassifyResult' });

const hostCidr = CidrText.meta({ description: 'Source or destination is in this prefix' });

export const CaptureBody = z
  .strictObject({
    filter: z
      .strictObject({
        host_cidr: hostCidr.optional(),
        protocol: z.enum(['any', 'tcp', 'udp', 'icmp']).optional(),
        port: port.optional().meta({ description: 'Source or destination port' }),
        rule_id: Id.optional().meta({ description: 'Only packets that this rule decided' }),
        dropped_only: z.boolean().default(false),
      })
      .prefault({})
      .meta({ description: 'A packet must match all that are given' }),
    snap_length: z
      .union([z.literal(0), z.int().min(64).max(65_535)])
      .default(0)
      .meta({ description: 'Bytes kept of each packet, 0 = all' }),
    max_packets: z.int().min(1).max(100_000).default(1000),
    max_duration_ms: z.int().min(100).max(300_000).default(10_000),
  })
  .meta({ id: 'CaptureBody' });

export const CAPTURE_CONTENT = {
  'application/x-ndjson': { schema: Packet },
  'application/vnd.tcpdump.pcap': {
    schema: z.string().meta({ format: 'binary', description: 'Classic pcap, LINKTYPE_RAW, microseconds' }),
  },
};

export type CaptureBody = z.output<typeof CaptureBody>;
export type ClassifyBody = z.output<typeof ClassifyBody>;
export type FlowQuery = z.output<typeof FlowQuery>;
export type FastPathStatus = z.output<typeof FastPathStatus>;
export type FastPathStats = z.output<typeof FastPathStats>;
export type FlowList = z.output<typeof FlowList>;
export type RuleCounterQuery = z.output<typeof RuleCounterQuery>;
export type RuleCounterList = z.output<typeof RuleCounterList>;
export type ClassifyResult = z.output<typeof ClassifyResult>;
