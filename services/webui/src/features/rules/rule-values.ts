import { z } from 'zod';
import type { Rule, RuleInput } from '../../api/rules.ts';

// zod compiles schemas with new Function where it can, and finds out by trying: our CSP reports that try.
z.config({ jitless: true });

/**
 * The form's values are what people type: text, empty for "any". The checks here spare a round trip for plain
 * mistakes; the API decides (it knows CIDRs best), and its complaints land at the same fields.
 */

const PORTS = /^\s*(\d{1,5})\s*(?:[-–]\s*(\d{1,5})\s*)?$/;
const MAX_RATE = 1_000_000_000;

function whole(max: number, min: number, what: string) {
  const message = `${what} is a whole number from ${min.toLocaleString('en-US')} to ${max.toLocaleString('en-US')}.`;
  return z.string().refine((text) => {
    const value = Number(text);
    return text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max;
  }, message);
}

const optionalWhole = (max: number, what: string) =>
  z.union([z.string().trim().length(0), whole(max, 1, what)]);

const ports = z.string().refine((text) => text.trim() === '' || parsePorts(text) !== null, {
  message: 'One port or a range, as 53 or 1000-2000, from 0 to 65535.',
});

const cidr = z.string().trim().max(64);

export const RuleValues = z
  .object({
    name: z.string().trim().min(1, 'Give the rule a name.').max(100, 'At most 100 characters.'),
    description: z.string().trim().max(1000, 'At most 1000 characters.'),
    enabled: z.boolean(),
    priority: whole(1_000_000, 0, 'The priority'),
    action: z.enum(['allow', 'drop', 'rate_limit']),
    protocol: z.enum(['any', 'tcp', 'udp', 'icmp']),
    src_cidr: cidr,
    dst_cidr: cidr,
    src_ports: ports,
    dst_ports: ports,
    rate_pps: z.string(),
    burst: z.string(),
  })
  .superRefine((values, ctx) => {
    for (const field of ['src_ports', 'dst_ports'] as const) {
      if (values.protocol !== 'icmp' || values[field].trim() === '') continue;
      ctx.addIssue({ code: 'custom', path: [field], message: 'ICMP has no ports.' });
    }
    if (values.action !== 'rate_limit') return;
    const rate = whole(MAX_RATE, 1, 'The rate').safeParse(values.rate_pps);
    const burst = optionalWhole(MAX_RATE, 'The burst').safeParse(values.burst);
    if (!rate.success) ctx.addIssue({ code: 'custom', path: ['rate_pps'], message: issueOf(rate.error) });
    if (!burst.success)
      ctx.addIssue({ code: 'custom', path: ['burst'], message: 'A whole number, or empty.' });
  });

export type RuleValues = z.infer<typeof RuleValues>;

export const NEW_RULE: RuleValues = {
  name: '',
  description: '',
  enabled: true,
  priority: '1000',
  action: 'drop',
  protocol: 'any',
  src_cidr: '',
  dst_cidr: '',
  src_ports: '',
  dst_ports: '',
  rate_pps: '',
  burst: '',
};

export function toValues(rule: Rule): RuleValues {
  return {
    name: rule.name,
    description: rule.description,
    enabled: rule.enabled,
    priority: String(rule.priority),
    action: rule.action,
    protocol: rule.protocol,
    src_cidr: rule.src_cidr ?? '',
    dst_cidr: rule.dst_cidr ?? '',
    src_ports: formatPorts(rule.src_port_min, rule.src_port_max),
    dst_ports: formatPorts(rule.dst_port_min, rule.dst_port_max),
    rate_pps: rule.rate_pps === null ? '' : String(rule.rate_pps),
    burst: rule.burst === null ? '' : String(rule.burst),
  };
}

/** The whole rule for the API, out of values that passed the schema. */
export function toInput(values: RuleValues): RuleInput {
  const src = parsePorts(values.src_ports);
  const dst = parsePorts(values.dst_ports);
  const limits = values.action === 'rate_limit';
  return {
    name: values.name.trim(),
    description: values.description.trim(),
    enabled: values.enabled,
    priority: Number(values.priority),
    action: values.action,
    protocol: values.protocol,
    src_cidr: values.src_cidr.trim() || null,
    dst_cidr: values.dst_cidr.trim() || null,
    src_port_min: src?.min ?? null,
    src_port_max: src?.max ?? null,
    dst_port_min: dst?.min ?? null,
    dst_port_max: dst?.max ?? null,
    rate_pps: limits ? Number(values.rate_pps) : null,
    burst: limits && values.burst.trim() !== '' ? Number(values.burst) : null,
  };
}

/** The field of the form for a path in the API's complaints. */
export function fieldOf(path: string): keyof RuleValues | null {
  const field = path.replace(/^(src|dst)_port_(?:min|max)$/, '$1_ports');
  return field in NEW_RULE ? (field as keyof RuleValues) : null;
}

function parsePorts(text: string): { min: number; max: number } | null {
  const match = PORTS.exec(text);
  if (!match) return null;
  const min = Number(match[1]);
  const max = Number(match[2] ?? match[1]);
  return max <= 65_535 && min <= max ? { min, max } : null;
}

function formatPorts(min: number | null, max: number | null): string {
  if (min === null) return '';
  return max === null || max === min ? String(min) : `${min}-${max}`;
}

function issueOf(error: z.ZodError): string {
  return error.issues[0]?.message ?? 'Not valid.';
}
