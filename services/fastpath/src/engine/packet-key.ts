import type { Family } from './rule.ts';

/*
 * A packet, to the classifier and to the flow table, is ten 32-bit words:
 *
 *   0 meta   bits 0-7 protocol, bit 8 "has ports", bit 9 "is IPv6"
 *   1 ports  source << 16 | destination
 *   2 source, word 0        3 destination, word 0
 *   4-6 source, words 1-3   7-9 destination, words 1-3
 *
 * An IPv4 packet uses the first four words and leaves the rest zero, so one loop over `keyWords(family)` words
 * serves both families. A mask of the tuple space has the same shape: matching is AND and compare, word by word.
 */

/** Words between two keys of one array. */
export const KEY_STRIDE = 10;
export const META = 0;
export const PORTS = 1;
export const SRC = 2;
export const DST = 3;
export const SRC_REST = 4;
export const DST_REST = 7;

export const PROTOCOL_BITS = 0xff;
export const HAS_PORTS = 0x100;
export const IS_IPV6 = 0x200;

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMPV6 = 58;

/** How many words of a key mean something. */
export function keyWords(family: Family): 4 | 10 {
  return family === 4 ? 4 : 10;
}

/**
 * Writes meta and ports of the key at word `at`. Ports count for TCP and UDP only; pass `null` for a fragment
 * that carries none.
 */
export function writeKeyHead(
  keys: Uint32Array,
  at: number,
  family: Family,
  protocol: number,
  srcPort: number | null,
  dstPort: number | null,
): void {
  const hasPorts = srcPort !== null && dstPort !== null && (protocol === TCP || protocol === UDP);
  keys[at + META] = protocol | (hasPorts ? HAS_PORTS : 0) | (family === 6 ? IS_IPV6 : 0);
  keys[at + PORTS] = hasPorts ? (srcPort << 16) | dstPort : 0;
}

/** Writes both addresses (1 or 4 words each, of the same family) of the key at word `at`. */
export function writeKeyAddresses(
  keys: Uint32Array,
  at: number,
  src: ArrayLike<number>,
  dst: ArrayLike<number>,
): void {
  const isIpv6 = src.length === 4;
  keys[at + SRC] = src[0];
  keys[at + DST] = dst[0];
  for (let word = 0; word < 3; word++) {
    keys[at + SRC_REST + word] = isIpv6 ? src[word + 1] : 0;
    keys[at + DST_REST + word] = isIpv6 ? dst[word + 1] : 0;
  }
}

/** Whether the packet has ports, and both are the same. */
export function hasEqualPorts(keys: Uint32Array, at: number): boolean {
  const ports = keys[at + PORTS];
  return (keys[at + META] & HAS_PORTS) !== 0 && ports >>> 16 === (ports & 0xffff);
}

/** Family of the key at word `at`. */
export function keyFamily(keys: Uint32Array, at: number): Family {
  return keys[at + META] & IS_IPV6 ? 6 : 4;
}
