import type { Address } from '../address.ts';
import { KEY_STRIDE, writeKeyAddresses, writeKeyHead } from '../packet-key.ts';
import type { Cidr, PortRange, Rule } from '../rule.ts';

/** A packet in the words of the rule language; ports `null` = it has none (ICMP, a later fragment). */
export interface Packet {
  readonly src: Address;
  readonly dst: Address;
  readonly protocol: number;
  readonly srcPort: number | null;
  readonly dstPort: number | null;
}

/** First match, rule by rule, shares no code with the engine: what every implementation is measured against. */
export function naiveClassify(rules: readonly Rule[], packet: Packet): Rule | null {
  return inMatchOrder(rules).find((rule) => matches(rule, packet)) ?? null;
}

function inMatchOrder(rules: readonly Rule[]): Rule[] {
  return [...rules].sort((a, b) =>
    a.priority !== b.priority ? a.priority - b.priority : a.id < b.id ? -1 : 1,
  );
}

/** Whether the rule, alone, decides this packet. */
export function matches(rule: Rule, packet: Packet): boolean {
  return (
    rule.enabled &&
    inCidr(rule.src, packet.src) &&
    inCidr(rule.dst, packet.dst) &&
    isProtocol(rule, packet) &&
    inPorts(rule.srcPorts, packet, packet.srcPort) &&
    inPorts(rule.dstPorts, packet, packet.dstPort)
  );
}

function isProtocol(rule: Rule, { protocol, src }: Packet): boolean {
  if (rule.protocol === 'any') return true;
  if (rule.protocol === 'icmp') return protocol === (src.family === 4 ? 1 : 58);
  return protocol === (rule.protocol === 'tcp' ? 6 : 17);
}

function inPorts(range: PortRange | null, { protocol }: Packet, port: number | null): boolean {
  if (range === null) return true;
  return port !== null && (protocol === 6 || protocol === 17) && range.min <= port && port <= range.max;
}

function inCidr(cidr: Cidr | null, address: Address): boolean {
  if (cidr === null) return true;
  if (cidr.family !== address.family) return false;
  const bits = (words: readonly number[]) => words.reduce((all, word) => (all << 32n) | BigInt(word), 0n);
  const hostBits = BigInt((cidr.family === 4 ? 32 : 128) - cidr.prefixLength);
  return bits(cidr.words) >> hostBits === bits(address.words) >> hostBits;
}

/** The packet as the engine sees it. */
export function keyOf(packet: Packet): Uint32Array {
  const key = new Uint32Array(KEY_STRIDE);
  writeKeyHead(key, 0, packet.src.family, packet.protocol, packet.srcPort, packet.dstPort);
  writeKeyAddresses(key, 0, packet.src.words, packet.dst.words);
  return key;
}
