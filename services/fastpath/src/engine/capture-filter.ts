import { prefixWord } from './address.ts';
import {
  DST,
  DST_REST,
  HAS_PORTS,
  ICMP,
  ICMPV6,
  keyFamily,
  META,
  PORTS,
  PROTOCOL_BITS,
  SRC,
  SRC_REST,
  TCP,
  UDP,
} from './packet-key.ts';
import type { Cidr, RuleProtocol } from './rule.ts';

/** Which packets a capture wants: those that match everything that is set. */
export interface CaptureFilter {
  /** Source or destination lies in it. */
  readonly host: Cidr | null;
  readonly protocol: RuleProtocol;
  /** Source or destination port. */
  readonly port: number | null;
  /** Packets that this rule decided, by serial; -1 matches none (an unknown rule). */
  readonly serial: number | null;
  readonly droppedOnly: boolean;
}

/** Whether the packet whose key is at word `at`, decided by rule `serial` (0 = none), passes. */
export function passesFilter(
  filter: CaptureFilter,
  keys: Uint32Array,
  at: number,
  serial: number,
  dropped: boolean,
): boolean {
  return (
    (dropped || !filter.droppedOnly) &&
    (filter.serial === null || filter.serial === serial) &&
    (filter.protocol === 'any' ||
      isProtocol(filter.protocol, keys[at + META] & PROTOCOL_BITS, keyFamily(keys, at))) &&
    (filter.port === null || hasPort(filter.port, keys, at)) &&
    (filter.host === null ||
      isIn(filter.host, keys, at, SRC, SRC_REST) ||
      isIn(filter.host, keys, at, DST, DST_REST))
  );
}

function isProtocol(wanted: Exclude<RuleProtocol, 'any'>, protocol: number, family: 4 | 6): boolean {
  if (wanted === 'icmp') return protocol === (family === 4 ? ICMP : ICMPV6);
  return protocol === (wanted === 'tcp' ? TCP : UDP);
}

function hasPort(port: number, keys: Uint32Array, at: number): boolean {
  const ports = keys[at + PORTS];
  return (keys[at + META] & HAS_PORTS) !== 0 && (ports >>> 16 === port || (ports & 0xffff) === port);
}

function isIn(cidr: Cidr, keys: Uint32Array, at: number, first: number, rest: number): boolean {
  return (
    cidr.family === keyFamily(keys, at) &&
    cidr.words.every((word, i) => {
      const own = keys[at + (i === 0 ? first : rest + i - 1)];
      return (own & prefixWord(cidr.prefixLength, i)) >>> 0 === word;
    })
  );
}
