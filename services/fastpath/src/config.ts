import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { AppError } from './errors.ts';

const PLACEHOLDER_SECRET = /development|change[\W_]?me/i;

const port = (fallback: number, what: string) =>
  z.coerce.number().int().min(0).max(65_535).default(fallback).describe(`${what}. 0 = any free port.`);
const integer = (min: number, max: number, fallback: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

const ipList = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
  .refine((hosts) => hosts.every((host) => isIP(host.replace(/%.*$/, '')) !== 0), {
    error: 'must be a comma-separated list of IP addresses',
  });

const queueList = z
  .string()
  .default('')
  .transform((text) => [...new Set(text.split(',').flatMap((part) => part.trim() || []))])
  .refine((queues) => queues.every((queue) => /^\d{1,4}$/.test(queue)), {
    error: 'must be a comma-separated list of queue numbers',
  })
  .transform((queues) => queues.map(Number).sort((a, b) => a - b));

/** The environment of the service. Every value arrives as a string; an empty one counts as unset. */
export const envSchema = z.object({
  APP_ENV: z
    .enum(['development', 'alpha', 'test', 'production'])
    .default('production')
    .describe('Where this runs. Production refuses placeholder secrets.'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .describe('Least severe log line that is written.'),
  HOST: z.string().min(1).default('0.0.0.0').describe('Address on which HTTP and gRPC listen.'),
  HTTP_PORT: port(8080, 'Port of /healthz, /readyz, /metrics and /status'),
  GRPC_PORT: port(50_051, 'Port of the gRPC control plane'),
  DATA_PORT: port(7000, 'UDP port of the data plane'),
  DATA_HOST: ipList.describe(
    'Comma-separated local addresses of the data plane. Empty = every local address; 0.0.0.0 or :: = every one of that family.',
  ),
  FASTPATH_MODE: z
    .enum(['auto', 'afxdp', 'udp'])
    .default('auto')
    .describe('Data plane: AF_XDP, plain UDP sockets, or the fastest that works here.'),
  FASTPATH_SECRET: z
    .string({ error: 'is required (at least 32 characters, the same as in the API)' })
    .min(32, 'must have at least 32 characters')
    .meta({
      secret: true,
      description: 'Secret shared with the API; signs the service tokens of gRPC calls.',
    }),
  DATA_WORKERS: integer(1, 64, Math.max(1, Math.min(8, availableParallelism() - 1))).describe(
    'Worker threads of the data plane on UDP sockets. Default: CPUs - 1, at least 1, at most 8.',
  ),
  XDP_INTERFACE: z
    .string()
    .regex(/^[^\s/]{0,15}$/, 'must be the name of an interface')
    .default('')
    .describe('Interface of the AF_XDP data plane. Empty: FASTPATH_MODE=auto uses plain UDP sockets.'),
  XDP_QUEUES: queueList.describe(
    'AF_XDP: comma-separated RX queues to serve, one worker thread each. Empty = all.',
  ),
  XDP_MODE: z
    .enum(['auto', 'native', 'generic'])
    .default('auto')
    .describe(
      'AF_XDP: run the XDP program in the driver, in the network stack, or in the driver where it can.',
    ),
  XDP_ZERO_COPY: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe('AF_XDP: let the NIC write into the buffers itself. on = fail when the driver cannot.'),
  XDP_SCOPE: z
    .enum(['data_port', 'interface'])
    .default('data_port')
    .describe(
      'AF_XDP: which packets the rules judge: those to the data port, or all IP packets of the interface.',
    ),
  XDP_BUSY_POLL_US: integer(0, 10_000, 0).describe(
    'AF_XDP: microseconds that a worker polls the NIC before it sleeps. 0 = no busy polling.',
  ),
  XDP_COALESCE_US: integer(0, 1_000, 20).describe(
    'AF_XDP: microseconds that a worker sleeps at a time under a stream of packets, instead of being woken for each. 0 = never.',
  ),
  XDP_HUGEPAGES: z
    .enum(['auto', 'on', 'off'])
    .default('auto')
    .describe('AF_XDP: buffers on 2 MiB pages. auto falls back to 4 KiB pages, on = fail without.'),
  XDP_NUMA_NODE: z
    .union([z.literal('auto'), z.coerce.number().int().min(0).max(1_023)])
    .default('auto')
    .describe('AF_XDP: NUMA node of buffers and worker threads. auto = that of the NIC.'),
  XDP_SLOTS: integer(64, 1_048_576, 4_096).describe('AF_XDP: packet buffers for each queue.'),
  XDP_RING_SIZE: integer(64, 32_768, 2_048)
    .refine((size) => Number.isInteger(Math.log2(size)), { error: 'must be a power of two' })
    .describe('AF_XDP: descriptors in each ring of a queue, a power of two.'),
  XDP_BURST: integer(1, 256, 64).describe('AF_XDP: most packets that a worker handles at once.'),
  FLOW_TABLE_SIZE: integer(1024, 4_194_304, 65_536).describe(
    'Flows remembered by each worker (AF_XDP: by all together); older ones are evicted beyond it.',
  ),
  MAX_RULES: integer(1, 1_000_000, 100_000).describe('Largest rule set that ApplyRules accepts.'),
  GRPC_MAX_CALLS: integer(1, 10_000, 64).describe(
    'gRPC calls in flight, streams included; more are answered RESOURCE_EXHAUSTED.',
  ),
  GRPC_TLS_CERT: z.string().default('').describe('PEM file of the gRPC certificate chain. Empty = no TLS.'),
  GRPC_TLS_KEY: z.string().default('').describe('PEM file of its private key.'),
  SHUTDOWN_DELAY_MS: integer(0, 60_000, 0).describe(
    'Wait between failing readiness and closing the listeners, in milliseconds.',
  ),
});

type Env = z.infer<typeof envSchema>;
export type Config = Readonly<ReturnType<typeof toConfig>>;
export type XdpConfig = Config['xdp'];

function toConfig(env: Env) {
  return {
    logLevel: env.LOG_LEVEL,
    host: env.HOST,
    httpPort: env.HTTP_PORT,
    grpcPort: env.GRPC_PORT,
    dataPort: env.DATA_PORT,
    dataHosts: env.DATA_HOST as readonly string[],
    mode: env.FASTPATH_MODE,
    xdp: {
      interface: env.XDP_INTERFACE,
      queues: env.XDP_QUEUES as readonly number[],
      mode: env.XDP_MODE,
      zeroCopy: env.XDP_ZERO_COPY,
      scope: env.XDP_SCOPE,
      busyPollUs: env.XDP_BUSY_POLL_US,
      hugepages: env.XDP_HUGEPAGES,
      numaNode: env.XDP_NUMA_NODE,
      slots: env.XDP_SLOTS,
      ringSize: env.XDP_RING_SIZE,
      burst: env.XDP_BURST,
      coalesceUs: env.XDP_COALESCE_US,
    },
    secret: env.FASTPATH_SECRET,
    workers: env.DATA_WORKERS,
    flowTableSize: env.FLOW_TABLE_SIZE,
    maxRules: env.MAX_RULES,
    grpcMaxCalls: env.GRPC_MAX_CALLS,
    grpcTls: env.GRPC_TLS_CERT === '' ? null : { certFile: env.GRPC_TLS_CERT, keyFile: env.GRPC_TLS_KEY },
    shutdownDelayMs: env.SHUTDOWN_DELAY_MS,
  };
}

// Looked at in the raw values, so that these are reported together with the problems of single variables.
function crossFieldProblems(env: Record<string, string | undefined>): string[] {
  const problems: string[] = [];
  if ((env.GRPC_TLS_CERT === undefined) !== (env.GRPC_TLS_KEY === undefined)) {
    problems.push('GRPC_TLS_CERT and GRPC_TLS_KEY: set both or neither');
  }
  if ((env.APP_ENV ?? 'production') === 'production' && PLACEHOLDER_SECRET.test(env.FASTPATH_SECRET ?? '')) {
    problems.push('FASTPATH_SECRET: is a placeholder; set a random secret, or APP_ENV=development');
  }
  if (env.FASTPATH_MODE === 'afxdp' && env.XDP_INTERFACE === undefined) {
    problems.push('XDP_INTERFACE: FASTPATH_MODE=afxdp needs the name of an interface');
  }
  if (env.XDP_ZERO_COPY === 'on' && env.XDP_MODE === 'generic') {
    problems.push('XDP_ZERO_COPY: on needs the driver; set XDP_MODE to auto or native');
  }
  // The fill ring alone can hold as many buffers; what is being answered needs some too.
  if (Number(env.XDP_SLOTS ?? 4_096) < 2 * Number(env.XDP_RING_SIZE ?? 2_048)) {
    problems.push('XDP_SLOTS: must be at least twice XDP_RING_SIZE');
  }
  return problems;
}

/**
 * Reads the environment once.
 * @throws AppError `config_invalid` that names every variable with a problem.
 */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = envSchema.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  problems.push(...crossFieldProblems(given));
  if (!parsed.success || problems.length > 0) {
    throw new AppError('config_invalid', `Configuration: ${problems.join('; ')}`);
  }
  return Object.freeze(toConfig(parsed.data));
}
