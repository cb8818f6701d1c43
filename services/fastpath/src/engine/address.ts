import { isIPv4, isIPv6 } from 'node:net';
import type { Cidr, Family } from './rule.ts';

/** An address as 1 (IPv4) or 4 (IPv6) unsigned 32-bit words, in reading order. */
export interface Address {
  readonly family: Family;
  readonly words: readonly number[];
}

/** Parses an IPv4 or IPv6 address; an IPv6 zone (`%eth0`) is ignored. `null` when it is neither. */
export function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return { family: 4, words: [ipv4Word(text)] };
  if (!isIPv6(text)) return null;
  const zone = text.indexOf('%');
  return { family: 6, words: ipv6Words(zone < 0 ? text : text.slice(0, zone)) };
}

/**
 * Parses a prefix (RFC 4632, RFC 4291); a bare address is its own prefix, and host bits are cleared. `null` when it
 * is not one, has a zone, or is an IPv4-mapped IPv6 prefix, which no packet on a wire would ever match.
 */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/');
  const address = text.includes('%') ? null : parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (!address || isIpv4Mapped(address.words)) return null;
  const longest = address.family === 4 ? 32 : 128;
  const length = slash < 0 ? String(longest) : text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > longest) return null;
  const prefixLength = Number(length);
  const words = address.words.map((word, i) => (word & prefixWord(prefixLength, i)) >>> 0);
  return { family: address.family, words, prefixLength };
}

/** Word `i` of the mask of a prefix: the leading `prefixLength - 32 * i` bits of it set. */
export function prefixWord(prefixLength: number, i: number): number {
  const bits = Math.min(32, Math.max(0, prefixLength - 32 * i));
  return bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0;
}

/** Text of an address of 1 or 4 words; IPv6 in the form of RFC 5952. */
export function formatAddress(words: ArrayLike<number>): string {
  if (words.length === 1) return formatIpv4(words[0]);
  if (isIpv4Mapped(words)) return `::ffff:${formatIpv4(words[3])}`;
  const groups = Array.from({ length: 8 }, (_, i) => (words[i >> 1] >>> (i % 2 === 0 ? 16 : 0)) & 0xffff);
  const [start, length] = longestZeroRun(groups);
  const text = (from: number, to?: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return length < 2 ? text(0) : `${text(0, start)}::${text(start + length)}`;
}

function isIpv4Mapped(words: ArrayLike<number>): boolean {
  return words.length === 4 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}

function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

function ipv4Word(text: string): number {
  let word = 0;
  let octet = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      word = (word << 8) | octet;
      octet = 0;
    } else octet = octet * 10 + code - 48;
  }
  return ((word << 8) | octet) >>> 0;
}

function ipv6Words(text: string): number[] {
  const [head, tail] = text.split('::');
  const front = ipv6Groups(head);
  const back = tail === undefined ? [] : ipv6Groups(tail);
  const groups = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return [0, 2, 4, 6].map((i) => ((groups[i] << 16) | groups[i + 1]) >>> 0);
}

function ipv6Groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const word = ipv4Word(group);
    return [word >>> 16, word & 0xffff];
  });
}

/** Start and length of the longest run of zeros, the first of equals. */
function longestZeroRun(groups: readonly number[]): [number, number] {
  let best = 0;
  let bestLength = 0;
  let length = 0;
  groups.forEach((group, i) => {
    length = group === 0 ? length + 1 : 0;
    if (length > bestLength) {
      bestLength = length;
      best = i - length + 1;
    }
  });
  return [best, bestLength];
}
