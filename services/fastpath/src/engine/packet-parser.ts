import { DST, DST_REST, SRC, SRC_REST, TCP, UDP, writeKeyHead } from './packet-key.ts';
import type { Family } from './rule.ts';

/** What became of a packet. `complete` and `fragment` leave a valid key. */
export const Parsed = {
  complete: 0,
  /** A piece of a packet. Only the first has ports, and none has a payload to work on. */
  fragment: 1,
  /** Ends before its headers do, or before the length that they claim. */
  truncated: 2,
  /** Contradicts itself: version, header lengths, lengths that do not add up. */
  malformed: 3,
  /** More IPv6 extension headers than a fast path should walk. */
  unsupported: 4,
} as const;
export type Parsed = (typeof Parsed)[keyof typeof Parsed];

const IPV4_MIN_HEADER = 20;
const IPV6_HEADER = 40;
const UDP_HEADER = 8;
const TCP_MIN_HEADER = 20;
const MORE_FRAGMENTS = 0x2000;
const MAX_EXTENSIONS = 8;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;
const HIP = 139;
const SHIM6 = 140;

/**
 * Reads raw packets from the IP header on (RFC 791, RFC 8200, RFC 768). Reads no byte beyond the end it is given,
 * whatever the packet claims, and allocates nothing: the results of the last packet are its fields. Checksums are
 * the port's business.
 */
export class PacketParser {
  /** Length of the IP packet by its own header; link-layer padding does not count. */
  ipLength = 0;
  /** Start and length of the UDP payload in memory; length 0 for everything but a complete UDP packet. */
  payloadOffset = 0;
  payloadLength = 0;

  #memory: Uint8Array = new Uint8Array();
  #cursor = 0;
  #end = 0;
  #family: Family = 4;
  #protocol = 0;
  #isFragment = false;
  #fragmentOffset = 0;

  /** Parses bytes `start` to `end` of `memory` and writes the key to word `at` of `keys`. */
  parse(memory: Uint8Array, start: number, end: number, keys: Uint32Array, at: number): Parsed {
    this.#memory = memory;
    this.#cursor = start;
    this.#end = end;
    this.payloadLength = 0;
    if (start >= end) return Parsed.truncated;
    const version = memory[start] >>> 4;
    if (version !== 4 && version !== 6) return Parsed.malformed;
    const network = version === 4 ? this.#parseIpv4(keys, at) : this.#parseIpv6(keys, at);
    return network === Parsed.complete ? this.#parseTransport(keys, at) : network;
  }

  #parseIpv4(keys: Uint32Array, at: number): Parsed {
    const start = this.#cursor;
    if (start + IPV4_MIN_HEADER > this.#end) return Parsed.truncated;
    const headerLength = 4 * (this.#memory[start] & 0x0f);
    this.ipLength = this.#word16(start + 2);
    if (headerLength < IPV4_MIN_HEADER || this.ipLength < headerLength) return Parsed.malformed;
    if (start + this.ipLength > this.#end) return Parsed.truncated;
    const fragmentation = this.#word16(start + 6);
    this.#family = 4;
    this.#fragmentOffset = fragmentation & 0x1fff;
    this.#isFragment = this.#fragmentOffset !== 0 || (fragmentation & MORE_FRAGMENTS) !== 0;
    this.#protocol = this.#memory[start + 9];
    this.#cursor = start + headerLength;
    this.#end = start + this.ipLength;
    keys[at + SRC] = this.#word32(start + 12);
    keys[at + DST] = this.#word32(start + 16);
    keys.fill(0, at + SRC_REST, at + DST_REST + 3);
    return Parsed.complete;
  }

  #parseIpv6(keys: Uint32Array, at: number): Parsed {
    const start = this.#cursor;
    if (start + IPV6_HEADER > this.#end) return Parsed.truncated;
    this.ipLength = IPV6_HEADER + this.#word16(start + 4);
    if (start + this.ipLength > this.#end) return Parsed.truncated;
    this.#family = 6;
    this.#fragmentOffset = 0;
    this.#isFragment = false;
    this.#protocol = this.#memory[start + 6];
    this.#cursor = start + IPV6_HEADER;
    this.#end = start + this.ipLength;
    keys[at + SRC] = this.#word32(start + 8);
    keys[at + DST] = this.#word32(start + 24);
    for (let word = 0; word < 3; word++) {
      keys[at + SRC_REST + word] = this.#word32(start + 12 + 4 * word);
      keys[at + DST_REST + word] = this.#word32(start + 28 + 4 * word);
    }
    return this.#walkExtensions();
  }

  /** Leaves protocol and cursor at the transport header (RFC 8200, section 4). */
  #walkExtensions(): Parsed {
    for (let walked = 0; walked <= MAX_EXTENSIONS; walked++) {
      const length = this.#extensionLength();
      if (length === 0) return Parsed.complete;
      if (length < 0 || this.#cursor + length > this.#end) return Parsed.truncated;
      if (this.#protocol === FRAGMENT) {
        const fragmentation = this.#word16(this.#cursor + 2);
        this.#fragmentOffset = fragmentation >>> 3;
        this.#isFragment ||= (fragmentation & 0xfff9) !== 0; // an atomic fragment (RFC 6946) is a whole packet
      }
      this.#protocol = this.#memory[this.#cursor];
      this.#cursor += length;
    }
    return Parsed.unsupported;
  }

  /** Bytes of the extension header at the cursor; 0: it is none, or lies in a later fragment; -1: cut off. */
  #extensionLength(): number {
    if (this.#fragmentOffset !== 0) return 0;
    switch (this.#protocol) {
      case FRAGMENT:
        return 8;
      case HOP_BY_HOP:
      case ROUTING:
      case DESTINATION_OPTIONS:
      case MOBILITY:
      case HIP:
      case SHIM6:
        return this.#cursor + 2 > this.#end ? -1 : 8 * (this.#memory[this.#cursor + 1] + 1);
      case AUTHENTICATION:
        return this.#cursor + 2 > this.#end ? -1 : 4 * (this.#memory[this.#cursor + 1] + 2);
      default:
        return 0;
    }
  }

  #parseTransport(keys: Uint32Array, at: number): Parsed {
    const left = this.#end - this.#cursor;
    const hasPorts = (this.#protocol === TCP || this.#protocol === UDP) && this.#fragmentOffset === 0;
    this.payloadOffset = this.#cursor;
    if (!hasPorts) {
      writeKeyHead(keys, at, this.#family, this.#protocol, null, null);
      return this.#isFragment ? Parsed.fragment : Parsed.complete;
    }
    // A first fragment that hides its ports from filters (RFC 1858) is cut off, too.
    if (left < (this.#protocol === TCP ? TCP_MIN_HEADER : UDP_HEADER)) return Parsed.truncated;
    const ports = this.#cursor;
    writeKeyHead(keys, at, this.#family, this.#protocol, this.#word16(ports), this.#word16(ports + 2));
    if (this.#isFragment) return Parsed.fragment;
    return this.#protocol === UDP ? this.#parseUdp(left) : Parsed.complete;
  }

  /** A UDP datagram fills its IP packet or is shorter; what lies behind it is not its payload. */
  #parseUdp(left: number): Parsed {
    const length = this.#word16(this.#cursor + 4);
    if (length < UDP_HEADER) return Parsed.malformed;
    if (length > left) return Parsed.truncated;
    this.payloadOffset = this.#cursor + UDP_HEADER;
    this.payloadLength = length - UDP_HEADER;
    return Parsed.complete;
  }

  #word16(at: number): number {
    return (this.#memory[at] << 8) | this.#memory[at + 1];
  }

  #word32(at: number): number {
    return ((this.#word16(at) << 16) | this.#word16(at + 2)) >>> 0;
  }
}
