import type { FieldError } from '../errors.ts';
import { parseCidr } from './cidr.ts';

export const ACTIONS = ['allow', 'drop', 'rate_limit'] as const;
export const PROTOCOLS = ['any', 'tcp', 'udp', 'icmp'] as const;

/**
 * As many as one ApplyRules carries (MAX_MESSAGE_BYTES). One more would be saved and never enforced. A fast path may
 * be configured for fewer: then its limit counts.
 */
export const MAX_RULES = 100_000;

/** What people decide about a rule; null = any, for `burst` = the default depth. */
export interface RuleFields {
  name: string;
  description: string;
  enabled: boolean;
  priority: number;
  action: (typeof ACTIONS)[number];
  protocol: (typeof PROTOCOLS)[number];
  src_cidr: string | null;
  dst_cidr: string | null;
  src_port_min: number | null;
  src_port_max: number | null;
  dst_port_min: number | null;
  dst_port_max: number | null;
  rate_pps: number | null;
  burst: number | null;
}

/** What a fast path has to know of a rule, besides its id. Names and texts are most of a rule, and none needs them. */
export const ENFORCED_FIELDS = [
  'enabled',
  'priority',
  'action',
  'protocol',
  'src_cidr',
  'dst_cidr',
  'src_port_min',
  'src_port_max',
  'dst_port_min',
  'dst_port_max',
  'rate_pps',
  'burst',
] as const satisfies (keyof RuleFields)[];
export const RULE_FIELDS = [
  'name',
  'description',
  ...ENFORCED_FIELDS,
] as const satisfies (keyof RuleFields)[];

/** A rule as it is stored. Instants are epoch milliseconds; `version` grows by one with every change: the ETag. */
export interface StoredRule extends RuleFields {
  id: string;
  version: number;
  created_at: number;
  updated_at: number;
}

/** What does not fit together in fields that are each valid. Empty = the rule is valid. */
export function combinationErrors(rule: RuleFields): FieldError[] {
  return [...familyErrors(rule), ...portErrors(rule, 'src'), ...portErrors(rule, 'dst'), ...rateErrors(rule)];
}

/** Fills what follows from other fields: a range with only its minimum is that one port. */
export function completeRule(rule: RuleFields): RuleFields {
  return {
    ...rule,
    src_port_max: rule.src_port_max ?? rule.src_port_min,
    dst_port_max: rule.dst_port_max ?? rule.dst_port_min,
  };
}

/** Depth of the token bucket in packets: what was asked for, else 50 ms worth of the rate. */
export function bucketDepth({ rate_pps, burst }: Pick<RuleFields, 'rate_pps' | 'burst'>): number {
  return burst ?? Math.max(1, Math.floor((rate_pps ?? 0) / 20));
}

function familyErrors({ src_cidr, dst_cidr }: RuleFields): FieldError[] {
  if (src_cidr === null || dst_cidr === null) return [];
  const [src, dst] = [parseCidr(src_cidr), parseCidr(dst_cidr)];
  if (!src.ok || !dst.ok || src.cidr.family === dst.cidr.family) return [];
  return [{ path: 'dst_cidr', message: 'Source and destination must be of the same address family' }];
}

function portErrors(rule: RuleFields, side: 'src' | 'dst'): FieldError[] {
  const min = rule[`${side}_port_min`];
  const max = rule[`${side}_port_max`];
  if (min === null && max === null) return [];
  if (min === null) return [{ path: `${side}_port_min`, message: 'A port range needs its lower end' }];
  if (max !== null && max < min) {
    return [{ path: `${side}_port_max`, message: 'Must not be below the lower end of the range' }];
  }
  if (rule.protocol !== 'icmp') return [];
  return [{ path: `${side}_port_min`, message: 'ICMP has no ports: choose any, tcp or udp as protocol' }];
}

function rateErrors({ action, rate_pps, burst }: RuleFields): FieldError[] {
  const limits = action === 'rate_limit';
  const errors: FieldError[] = [];
  if (limits && rate_pps === null) errors.push({ path: 'rate_pps', message: 'A rate limit needs its rate' });
  if (!limits && rate_pps !== null)
    errors.push({ path: 'rate_pps', message: 'Only a rate limit has a rate' });
  if (!limits && burst !== null) errors.push({ path: 'burst', message: 'Only a rate limit has a burst' });
  return errors;
}
