import { formatAddress } from '../../../engine/address.ts';
import { DST, DST_REST, ICMPV6, IS_IPV6, KEY_STRIDE, META, PORTS, UDP } from '../../../engine/packet-key.ts';
import { PacketParser, Parsed } from '../../../engine/packet-parser.ts';
import type { Scope } from '../guard-layout.ts';

/*
 * What the BPF program has to do with a frame up to the rules, from the contract and the TypeScript parser.
 */

export interface OracleOptions {
  readonly scope: Scope;
  readonly port: number;
  /** As text, in the form of formatAddress. */
  readonly addresses: ReadonlySet<string>;
}

export interface Judged {
  readonly parsed: Parsed;
  /** Of one that cannot be parsed, the bytes from its IP header on. */
  readonly ipLength: number;
  /** KEY_STRIDE words; counts for `complete` and `fragment` only. */
  readonly key: Uint32Array;
  /** For our port at one of our addresses. */
  readonly ours: boolean;
}

const IP_TYPES = [0x0800, 0x86dd];
const VLAN_TYPES = [0x8100, 0x88a8];
const MAX_TAGS = 2;
const parser = new PacketParser();

/** `null`: the frame is not judged and passes. */
export function judgeFrame(frame: Uint8Array, options: OracleOptions): Judged | null {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let at = 12;
  for (let tags = 0; tags < MAX_TAGS && VLAN_TYPES.includes(view.getUint16(at)); tags++) {
    at += 4;
    if (at + 2 > frame.length) return null;
  }
  const type = view.getUint16(at);
  if (!IP_TYPES.includes(type)) return null;
  const ip = at + 2;
  const key = new Uint32Array(KEY_STRIDE);
  const parsed = parse(frame, ip, type, key);
  const isBroken = parsed > Parsed.fragment;
  const ours = isOurs(frame, key, options);
  const isOut =
    options.scope === 'data_port' ? !ours : parsed === Parsed.complete && isNeighborDiscovery(frame, ip, key);
  if (isOut) return null;
  return { parsed, ipLength: isBroken ? frame.length - ip : parser.ipLength, key, ours };
}

function parse(frame: Uint8Array, ip: number, type: number, key: Uint32Array): Parsed {
  const version = type === IP_TYPES[0] ? 4 : 6;
  if (ip < frame.length && frame[ip] >>> 4 !== version) return Parsed.malformed;
  return parser.parse(frame, ip, frame.length, key, 0);
}

/** A key of zeros, of a packet that broke off before its ports, is nobody's. */
function isOurs(frame: Uint8Array, key: Uint32Array, { port, addresses }: OracleOptions): boolean {
  const isGroup = (frame[0] & 1) === 1;
  const words = key[META] & IS_IPV6 ? [key[DST], ...key.subarray(DST_REST, DST_REST + 3)] : [key[DST]];
  const isUdp = (key[META] & 0xff) === UDP && (key[META] & 0x100) !== 0;
  return isUdp && (key[PORTS] & 0xffff) === port && !isGroup && addresses.has(formatAddress(words));
}

function isNeighborDiscovery(frame: Uint8Array, ip: number, key: Uint32Array): boolean {
  if ((key[META] & 0xff) !== ICMPV6 || !(key[META] & IS_IPV6)) return false;
  const hasType = parser.payloadOffset < ip + parser.ipLength;
  const icmpType = frame[parser.payloadOffset];
  return hasType && frame[ip + 7] === 255 && icmpType >= 133 && icmpType <= 137;
}
