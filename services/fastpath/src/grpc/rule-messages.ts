import { parseCidr } from '../engine/address.ts';
import { Action, type Cidr, type PortRange, type Rule, type RuleProtocol } from '../engine/rule.ts';
import { AppError } from '../errors.ts';
import type { PortRange__Output } from './gen/fastpath/v1/PortRange.ts';
import type { Rule__Output } from './gen/fastpath/v1/Rule.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_PROBLEMS = 10;
/** Packets per second, and depth of a bucket. */
const MAX_RATE = 10_000_000;

const ACTIONS: Readonly<Record<string, Action>> = {
  ACTION_ALLOW: Action.allow,
  ACTION_DROP: Action.drop,
  ACTION_RATE_LIMIT: Action.rateLimit,
};

const PROTOCOLS: Readonly<Record<string, RuleProtocol>> = {
  PROTOCOL_ANY: 'any',
  PROTOCOL_TCP: 'tcp',
  PROTOCOL_UDP: 'udp',
  PROTOCOL_ICMP: 'icmp',
};

/** Turns the rules of a request into those of the engine, some at a time. */
export interface RuleReader {
  /** @throws AppError `invalid_argument` as soon as ten fields are wrong. */
  read(messages: readonly Rule__Output[]): void;
  /** @throws AppError `invalid_argument` that names each wrong field. */
  finish(): Rule[];
}

export function createRuleReader(): RuleReader {
  const problems: string[] = [];
  const rules: Rule[] = [];
  const refuse = () => {
    throw new AppError('invalid_argument', problems.slice(0, MAX_PROBLEMS).join('; '));
  };
  return {
    read(messages) {
      for (const message of messages) {
        const at = rules.length;
        rules.push(toRule(message, (field, problem) => problems.push(`rules[${at}].${field}: ${problem}`)));
        if (problems.length >= MAX_PROBLEMS) refuse();
      }
    },
    finish() {
      if (problems.length > 0) refuse();
      return rules;
    },
  };
}

type Report = (field: string, problem: string) => void;

// After a report the value does not matter: the whole set is refused.
function toRule(message: Rule__Output, report: Report): Rule {
  if (!UUID.test(message.id)) report('id', 'must be a UUID');
  const action = ACTIONS[message.action];
  if (action === undefined) report('action', 'must be allow, drop or rate_limit');
  const limited = action === Action.rateLimit;
  for (const field of ['rate_pps', 'burst'] as const) {
    if (limited && (message[field] < 1 || message[field] > MAX_RATE)) {
      report(field, `must be 1 to ${MAX_RATE} for rate_limit`);
    }
  }
  const src = toCidr(message.src_cidr, 'src_cidr', report);
  const dst = toCidr(message.dst_cidr, 'dst_cidr', report);
  if (src && dst && src.family !== dst.family) report('dst_cidr', 'must be of the same family as src_cidr');
  return {
    id: message.id.toLowerCase(),
    enabled: message.enabled,
    priority: message.priority,
    action,
    protocol: toProtocol(message.protocol, (problem) => report('protocol', problem)),
    src,
    dst,
    srcPorts: toPorts(message.src_ports, 'src_ports', report),
    dstPorts: toPorts(message.dst_ports, 'dst_ports', report),
    ratePps: message.rate_pps,
    burst: message.burst,
  };
}

/** `unspecified` is refused: an old client that does not know a new field must not get "any" by accident. */
export function toProtocol(name: string, report: (problem: string) => void): RuleProtocol {
  const protocol = PROTOCOLS[name];
  if (protocol === undefined) report('must be any, tcp, udp or icmp');
  return protocol ?? 'any';
}

function toCidr(text: string, field: string, report: Report): Cidr | null {
  if (text === '') return null;
  const cidr = parseCidr(text);
  if (cidr === null) report(field, 'must be an IPv4 or IPv6 prefix, not IPv4-mapped');
  return cidr;
}

function toPorts(range: PortRange__Output | null, field: string, report: Report): PortRange | null {
  if (range === null) return null;
  if (range.max > 65_535 || range.min > range.max) report(field, 'must be min <= max <= 65535');
  return { min: range.min, max: range.max };
}
