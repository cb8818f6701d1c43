import type { Rule } from '../../api/rules.ts';

type Match = Pick<
  Rule,
  'protocol' | 'src_cidr' | 'dst_cidr' | 'src_port_min' | 'src_port_max' | 'dst_port_min' | 'dst_port_max'
>;

const PROTOCOLS: Record<Rule['protocol'], string> = {
  any: 'any protocol',
  tcp: 'TCP',
  udp: 'UDP',
  icmp: 'ICMP',
};

/** What a rule matches, in words: "UDP from 192.0.2.0/24 to any address, port 53". */
export function describeMatch(rule: Match): string {
  const hasPorts = rule.src_port_min !== null || rule.dst_port_min !== null;
  const isOpen = rule.src_cidr === null && rule.dst_cidr === null && !hasPorts;
  if (isOpen && rule.protocol === 'any') return 'Every packet';
  // Only TCP and UDP have ports, so a rule with ports means these.
  const protocol = rule.protocol === 'any' && hasPorts ? 'TCP or UDP' : PROTOCOLS[rule.protocol];
  const from = describeEnd(rule.src_cidr, rule.src_port_min, rule.src_port_max);
  const to = describeEnd(rule.dst_cidr, rule.dst_port_min, rule.dst_port_max);
  if (isOpen) return `All ${protocol}`;
  const words = [protocol, from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function describeEnd(cidr: string | null, min: number | null, max: number | null): string | null {
  const address = cidr && shorten(cidr);
  if (min === null) return address;
  const ports = describePorts(min, max);
  return address ? `${address}, ${ports}` : ports;
}

function describePorts(min: number, max: number | null): string {
  return max === null || max === min ? `port ${min}` : `ports ${min}–${max}`;
}

/** One host is written without its prefix length. */
function shorten(cidr: string): string {
  return cidr.replace(cidr.includes(':') ? /\/128$/ : /\/32$/, '');
}

/** What a rule does, where its action alone does not say it: "100 pps, burst 5". */
export function describeLimit({
  action,
  rate_pps: rate,
  burst,
}: Pick<Rule, 'action' | 'rate_pps' | 'burst'>) {
  if (action !== 'rate_limit' || rate === null) return null;
  return `${rate.toLocaleString('en-US')} pps, burst ${(burst ?? Math.max(1, Math.floor(rate / 20))).toLocaleString('en-US')}`;
}
