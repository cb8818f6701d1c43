import { isIP } from 'node:net';

/** Address families of a CIDR; a rule never mixes them. */
type Family = 4 | 6;

interface Cidr {
  family: Family;
  /** Canonical text: host bits cleared, prefix always written, IPv6 as RFC 5952 wants it. */
  text: string;
}

type CidrResult = { ok: true; cidr: Cidr } | { ok: false; problem: string };

const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
const PREFIX = /^(?:0|[1-9]\d{0,2})$/;

/** What isIP takes and parseCidr refuses: a zone, and IPv4-mapped (with :: before ffff, in dots, or :: behind). */
const OTHER_IPV6 = /%|^(?:0{0,4}:)+ffff:(?:[^:.]+:[^:.]+|[^:]+\.[^:]+)$|^(?:0{1,4}:){5}ffff:/i;

/**
 * Reads an IPv4 or IPv6 prefix (RFC 4632, RFC 4291) strictly and answers its one canonical spelling.
 *
 * A bare address means that one host. Octets and lengths with leading zeros are refused, because half the world
 * reads them as octal. IPv4-mapped IPv6 is refused: on the wire such packets are IPv4, so the rule never matched.
 */
export function parseCidr(input: string): CidrResult {
  const [address = '', length, ...rest] = input.trim().split('/');
  if (rest.length > 0) return problem('has more than one "/"');
  const groups = address.includes(':') ? parseIpv6(address) : parseIpv4(address);
  if (groups === null) return problem('is not an IPv4 or IPv6 address or CIDR');
  const family: Family = address.includes(':') ? 6 : 4;
  if (family === 6 && isIpv4Mapped(groups)) {
    return problem('is IPv4-mapped IPv6: such packets are IPv4, write the IPv4 CIDR');
  }
  const width = family === 6 ? 128 : 32;
  if (length !== undefined && (!PREFIX.test(length) || Number(length) > width)) {
    return problem(`needs a prefix length from 0 to ${width}`);
  }
  const bits = length === undefined ? width : Number(length);
  const masked = clearHostBits(groups, bits, family === 6 ? 16 : 8);
  return {
    ok: true,
    cidr: { family, text: `${family === 6 ? formatIpv6(masked) : masked.join('.')}/${bits}` },
  };
}

/** True for one IPv4 or IPv6 address without a prefix length, spelt as {@link parseCidr} accepts it. */
export function isHostAddress(input: string): boolean {
  // One request holds 20,000 of them: parsing each would hold up the event loop for 100 ms.
  const family = isIP(input);
  return family === 4 || (family === 6 && !OTHER_IPV6.test(input));
}

function problem(text: string): CidrResult {
  return { ok: false, problem: text };
}

function parseIpv4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => OCTET.test(part) && Number(part) <= 255)) return null;
  return parts.map(Number);
}

function parseIpv6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  // "::" stands for at least one group (RFC 4291, 2.2); without it all eight must be there.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...Array<number>(missing).fill(0), ...tail];
}

/** Groups of one side of "::"; the last may be a dotted IPv4 address where `ipv4Tail` allows it. */
function parseGroups(text: string, ipv4Tail: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (ipv4Tail && index === parts.length - 1 && part.includes('.')) {
      const octets = parseIpv4(part);
      if (octets === null) return null;
      const [a = 0, b = 0, c = 0, d = 0] = octets;
      groups.push(a * 256 + b, c * 256 + d);
    } else if (GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return null;
    }
  }
  return groups;
}

function isIpv4Mapped(groups: number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

function clearHostBits(groups: number[], bits: number, groupBits: number): number[] {
  const full = 2 ** groupBits - 1;
  return groups.map((group, index) => {
    const kept = Math.min(Math.max(bits - index * groupBits, 0), groupBits);
    return group & (full << (groupBits - kept)) & full;
  });
}

/** RFC 5952: lower case, no leading zeros, "::" for the first of the longest runs of two or more zero groups. */
function formatIpv6(groups: number[]): string {
  let best = { start: 0, length: 1 };
  for (let start = 0; start < 8; ) {
    let end = start;
    while (end < 8 && groups[end] === 0) end += 1;
    if (end - start > best.length) best = { start, length: end - start };
    start = Math.max(end, start + 1);
  }
  const hex = groups.map((group) => group.toString(16));
  if (best.length < 2) return hex.join(':');
  return `${hex.slice(0, best.start).join(':')}::${hex.slice(best.start + best.length).join(':')}`;
}
