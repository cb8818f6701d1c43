/*
 * The maps of bpf/guard.bpf.c as bpf/guard.h lays them out. Words are of the machine's byte order; all offsets are in
 * the unit that the name says.
 */

export const GUARD_PROGRAM = 'tripod_guard';

/** Names of the maps. */
export const GuardMap = {
  sockets: 'xsks',
  control: 'control',
  ruleImages: 'rule_images',
  buckets: 'buckets',
  ruleCounters: 'rule_counters',
  totals: 'totals',
  flows: 'flows',
  captured: 'captured',
  addresses: 'addresses',
} as const;

/** `const volatile` variables, 32 bits each. */
export const GuardConstant = {
  lanes: 'lanes',
  lanesAreShared: 'lanes_are_shared',
  ruleSlots: 'rule_slots',
} as const;

/** Words of `control`. */
export const Control = { active: 0, scope: 1, port: 2, snapLength: 3 } as const;

export const SCOPES = ['data_port', 'interface'] as const;
export type Scope = (typeof SCOPES)[number];

/** Cells of 64 bits of one lane of `totals`. */
export const TOTAL_CELLS = [
  'judgedPackets',
  'judgedBytes',
  'decidedPackets',
  'decidedBytes',
  'passed',
  'redirected',
  'unmatchedPackets',
  'unmatchedBytes',
  'ignored',
  'captured',
  'captureLost',
  'flowsInserted',
  'flowsFailed',
  'notDropped',
  'rule',
  'rateLimit',
  'malformed',
  'unsupported',
  'noSocket',
] as const;
export const TOTALS_STRIDE = 24;

/** Cells of 64 bits of one slot of one lane of `rule_counters`: packets, bytes, dropped packets. */
export const RULE_COUNTERS_STRIDE = 3;

/** A flow: its key is a packet key, its value six cells of 64 bits, the last one action and serial. */
export const FLOW_CELLS = 6;
export const Flow = { packets: 0, bytes: 1, dropped: 2, firstNs: 3, lastNs: 4, verdict: 5 } as const;

/** Bytes of an address: IPv6, or IPv4 as ::ffff:a.b.c.d. */
export const ADDRESS_BYTES = 16;

/** Byte offsets in a capture record. */
export const Captured = {
  timeNs: 0,
  key: 8,
  ipLength: 48,
  length: 52,
  serial: 56,
  queue: 60,
  action: 62,
  reason: 63,
  data: 64,
} as const;
/** Bytes that a capture keeps of a packet at most. */
export const MAX_SNAP_LENGTH = 4096;

/** Rule images, in words of 32 bits. Sections begin at chunks of their own; see guard.h for what is in them. */
export const CHUNK_BYTES = 4096;
export const CHUNK_WORDS = CHUNK_BYTES / 4;
/** One space each for IPv4 and IPv6, then the chunk of the rates. */
export const Header = { ipv4: 0, ipv6: 16, rates: 32 } as const;
export const Space = { maskCount: 0, masks: 1, filter: 2, cells: 3, entries: 4, secret: 5 } as const;
export const Row = { bestRank: 0, firstCell: 1, cellMask: 2, seed: 3, mask: 4 } as const;
export const Entry = { rank: 0, slot: 1, serial: 2, verdict: 3, key: 4 } as const;
export const Rate = { interval: 0, limit: 2, bucket: 4 } as const;
export const CELL_WORDS = 2;
export const RATE_WORDS = 8;
/** Cells that share a filter word of 64 bits: 1 << this. */
export const FILTER_SHIFT = 4;
/** The action takes the lowest bits of a verdict, the place among the rates the others. */
export const VERDICT_SHIFT = 2;

/** Words of a mask row, and of an entry, of a space with keys of 4 (IPv4) or 10 (IPv6) words. */
export const itemWords = (keyWords: number): number => (keyWords === 4 ? 8 : 16);
