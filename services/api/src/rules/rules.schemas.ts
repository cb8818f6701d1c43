import { z } from 'zod';
import { MAX_MATCHES } from '../list-totals.ts';
import { listQuery } from '../lists.ts';
import { Id, listOf, QueryBoolean, Timestamp } from '../schemas.ts';
import { CidrText } from './cidr.schema.ts';
import { ACTIONS, combinationErrors, completeRule, PROTOCOLS } from './rule.ts';

const MAX_PRIORITY = 1_000_000;
/** Packets per second and bucket depth: as much as a fast path accepts. */
const MAX_RATE = 10_000_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;
const noControl = (value: string) => !CONTROL.test(value);
const NO_CONTROL = 'Control characters are not allowed';

const name = z
  .string()
  .transform((value) => value.normalize('NFC').trim().replace(/\s+/g, ' '))
  .pipe(z.string().min(1).max(100))
  .refine(noControl, NO_CONTROL)
  .meta({ override: { type: 'string', minLength: 1, maxLength: 100 } });

const cidr = CidrText.nullable().meta({
  description:
    'IPv4 or IPv6 prefix or address, null = any. Stored with host bits cleared, IPv6 as in RFC 5952.',
  examples: ['192.0.2.0/24', '2001:db8::/32'],
});

const portMin = z.int().min(0).max(65_535).nullable().meta({
  description: 'Lower end of the range, inclusive; null = any port. Ports match TCP and UDP packets only.',
});
const portMax = z.int().min(0).max(65_535).nullable().meta({
  description: 'Upper end of the range, inclusive; null with a lower end = exactly that port.',
});

const fields = {
  name,
  description: z.string().trim().max(1000).refine(noControl, NO_CONTROL),
  enabled: z.boolean().meta({ description: 'A disabled rule matches nothing.' }),
  priority: z.int().min(0).max(MAX_PRIORITY).meta({ description: 'Smaller matches first, ties by id.' }),
  action: z.enum(ACTIONS),
  protocol: z.enum(PROTOCOLS).meta({ description: 'icmp = ICMP for IPv4, ICMPv6 for IPv6.' }),
  src_cidr: cidr,
  dst_cidr: cidr,
  src_port_min: portMin,
  src_port_max: portMax,
  dst_port_min: portMin,
  dst_port_max: portMax,
  rate_pps: z.int().min(1).max(MAX_RATE).nullable().meta({
    description: 'Packets per second that pass; with rate_limit required, otherwise null.',
  }),
  burst: z.int().min(1).max(MAX_RATE).nullable().meta({
    description: 'Depth of the token bucket in packets; null = rate_pps / 20, at least 1.',
  }),
};

/** A whole rule: what POST creates and PUT puts in place of what was there. */
export const RuleInput = z
  .strictObject({
    ...fields,
    description: fields.description.default(''),
    enabled: fields.enabled.default(true),
    priority: fields.priority.default(1000),
    protocol: fields.protocol.default('any'),
    src_cidr: cidr.default(null),
    dst_cidr: cidr.default(null),
    src_port_min: portMin.default(null),
    src_port_max: portMax.default(null),
    dst_port_min: portMin.default(null),
    dst_port_max: portMax.default(null),
    rate_pps: fields.rate_pps.default(null),
    burst: fields.burst.default(null),
  })
  .superRefine((rule, ctx) => {
    for (const { path, message } of combinationErrors(rule)) {
      ctx.addIssue({ code: 'custom', path: [path], message });
    }
  })
  .transform(completeRule)
  .meta({ id: 'RuleInput' });

/** Only what shall change; the result must be a valid rule. */
export const RulePatch = z.strictObject(fields).partial().meta({ id: 'RulePatch' });

export const Rule = z
  .object({
    id: Id,
    name: z.string(),
    description: z.string(),
    enabled: z.boolean(),
    priority: z.int(),
    action: z.enum(ACTIONS),
    protocol: z.enum(PROTOCOLS),
    src_cidr: z.string().nullable(),
    dst_cidr: z.string().nullable(),
    src_port_min: z.int().nullable(),
    src_port_max: z.int().nullable(),
    dst_port_min: z.int().nullable(),
    dst_port_max: z.int().nullable(),
    rate_pps: z.int().nullable(),
    burst: z.int().nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Rule' });

export const RuleList = listOf('RuleList', Rule);

export const RuleParams = z.object({ id: Id });

export const RuleQuery = listQuery(['priority', 'name', 'created_at', 'updated_at'], 'priority', {
  q: z
    .string()
    .trim()
    .max(200)
    .refine(noControl, NO_CONTROL)
    .optional()
    .meta({
      description:
        'Start of any word of the name or description (its first 30 words), with the words that follow, or start of ' +
        `an address. When more than ${MAX_MATCHES} match, they come in the order of what matched and not by \`sort\``,
    }),
  action: z.enum(ACTIONS).optional(),
  protocol: z.enum(PROTOCOLS).optional(),
  enabled: QueryBoolean.optional(),
});

/** `*`, or a list of entity tags. RFC 9110, 13.1.1: the comparison is strong, so a weak tag matches nothing. */
export const IfMatch = z.object({ 'if-match': z.string().max(1000).optional() });

export type RulePatch = z.output<typeof RulePatch>;
