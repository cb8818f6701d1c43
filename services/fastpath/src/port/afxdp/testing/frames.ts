import fc from 'fast-check';
import { writeUdpHeaders } from '../../../engine/packet-build.ts';
import { ICMPV6, TCP, UDP } from '../../../engine/packet-key.ts';
import { keyOf, type Packet } from '../../../engine/testing/naive-classifier.ts';

/** How a packet travels, and what has gone wrong with it on its way. */
export interface FrameShape {
  /** EtherTypes of VLAN tags. */
  readonly tags: readonly number[];
  /** Destination MAC address is a multicast one. */
  readonly toGroup: boolean;
  /** IPv4 options, in words of 32 bits. */
  readonly optionWords: number;
  /** IPv6 extension headers: type, and words of 64 bits beyond the first. */
  readonly extensions: readonly (readonly [type: number, more: number])[];
  /** `atomic` is an IPv6 fragment header on a whole packet. */
  readonly fragment: 'none' | 'first' | 'later' | 'atomic';
  readonly payload: number;
  /** Link-layer bytes behind the IP packet. */
  readonly padding: number;
  readonly hopLimit: number;
  readonly icmpType: number;
  readonly damage:
    | { readonly kind: 'none' }
    | { readonly kind: 'cut'; readonly bytes: number }
    | { readonly kind: 'byte'; readonly at: number; readonly value: number }
    | { readonly kind: 'ether-type' };
}

export const PLAIN: FrameShape = {
  tags: [],
  toGroup: false,
  optionWords: 0,
  extensions: [],
  fragment: 'none',
  payload: 18,
  padding: 0,
  hopLimit: 64,
  icmpType: 8,
  damage: { kind: 'none' },
};

const FRAGMENT = 44;
const AUTHENTICATION = 51;
/** Offset, two reserved bits that receivers ignore (RFC 8200, section 4.5), and whether more follow. */
const FRAGMENT_FIELDS = { none: 0, atomic: 0x0006, first: 0x0001, later: 0x00b9 };
const ETHERNET_HEADER = 14;
const SHORTEST_FRAME = ETHERNET_HEADER;

/** The packet as the rules see it: a later fragment has no ports. */
export function packetIn(packet: Packet, { fragment }: FrameShape): Packet {
  return fragment === 'later' ? { ...packet, srcPort: null, dstPort: null } : packet;
}

/** Ethernet, IP and transport headers around `payload` bytes. Packets of TCP and UDP without ports are later fragments. */
export function buildFrame(packet: Packet, shape: FrameShape): Uint8Array {
  const withoutPorts = (packet.protocol === TCP || packet.protocol === UDP) && packet.srcPort === null;
  const fragment = withoutPorts ? 'later' : shape.fragment;
  const body = transport(packet, shape);
  const family = packet.src.family;
  const ip = family === 4 ? ipv4(packet, shape, fragment, body) : ipv6(packet, shape, fragment, body);
  const frame = concat(ethernet(shape, family), ip, new Uint8Array(shape.padding).fill(0x55));
  return damaged(frame, shape);
}

function ethernet({ tags, toGroup, damage }: FrameShape, family: 4 | 6): Uint8Array {
  const isSwapped = damage.kind === 'ether-type';
  const types = [...tags, (family === 4) !== isSwapped ? 0x0800 : 0x86dd];
  const header = new DataView(new ArrayBuffer(ETHERNET_HEADER + 4 * tags.length));
  header.setUint8(0, toGroup ? 0x33 : 0x02);
  header.setUint8(6, 0x02);
  types.forEach((type, i) => {
    header.setUint16(12 + 4 * i, type);
    if (i < tags.length) header.setUint16(14 + 4 * i, 100 + i);
  });
  return new Uint8Array(header.buffer);
}

function transport(packet: Packet, { payload, icmpType }: FrameShape): Uint8Array {
  const data = new Uint8Array(payload).map((_, i) => i * 7);
  const ports = ((packet.srcPort ?? 0) << 16) | (packet.dstPort ?? 0);
  if (packet.protocol === UDP && packet.srcPort !== null) {
    return concat(writeUdpHeaders(keyOf(packet), 0, data).slice(-8), data);
  }
  if (packet.protocol === TCP && packet.srcPort !== null) {
    const header = new DataView(new ArrayBuffer(20));
    header.setUint32(0, ports);
    header.setUint8(12, 0x50);
    return concat(new Uint8Array(header.buffer), data);
  }
  if (packet.protocol === ICMPV6 || packet.protocol === 1)
    return concat(new Uint8Array([icmpType, 0, 0, 0]), data);
  return data;
}

function ipv4(
  packet: Packet,
  shape: FrameShape,
  fragment: FrameShape['fragment'],
  body: Uint8Array,
): Uint8Array {
  const header = new DataView(new ArrayBuffer(20 + 4 * shape.optionWords));
  header.setUint8(0, 0x45 + shape.optionWords);
  header.setUint16(2, header.byteLength + body.length);
  if (fragment === 'first') header.setUint16(6, 0x2000);
  if (fragment === 'later') header.setUint16(6, 0x0017);
  header.setUint8(8, shape.hopLimit);
  header.setUint8(9, packet.protocol);
  header.setUint32(12, packet.src.words[0]);
  header.setUint32(16, packet.dst.words[0]);
  for (let option = 20; option < header.byteLength; option++) header.setUint8(option, 1); // no operation
  return concat(new Uint8Array(header.buffer), body);
}

function ipv6(
  packet: Packet,
  shape: FrameShape,
  fragment: FrameShape['fragment'],
  body: Uint8Array,
): Uint8Array {
  const types = shape.extensions.map(([type]) => type);
  if (fragment !== 'none') types.push(FRAGMENT);
  types.push(packet.protocol);
  const headers = shape.extensions.map(([type, more], i) => {
    const header = new Uint8Array(8 + 8 * more);
    header[0] = types[i + 1];
    header[1] = type === AUTHENTICATION ? 2 * more : more; // in words of 32 bits, less two
    return header;
  });
  if (fragment !== 'none') {
    const field = FRAGMENT_FIELDS[fragment];
    headers.push(new Uint8Array([packet.protocol, 0, field >> 8, field & 0xff, 0, 0, 0, 1]));
  }
  const rest = concat(...headers, body);
  const header = new DataView(new ArrayBuffer(40));
  header.setUint8(0, 0x60);
  header.setUint16(4, rest.length);
  header.setUint8(6, types[0]);
  header.setUint8(7, shape.hopLimit);
  [...packet.src.words, ...packet.dst.words].forEach((word, i) => {
    header.setUint32(8 + 4 * i, word);
  });
  return concat(new Uint8Array(header.buffer), rest);
}

function damaged(frame: Uint8Array, { damage }: FrameShape): Uint8Array {
  if (damage.kind === 'cut') return frame.slice(0, Math.max(SHORTEST_FRAME, frame.length - damage.bytes));
  // Bytes of the MAC addresses mean nothing.
  if (damage.kind === 'byte') frame[12 + (damage.at % (frame.length - 12))] = damage.value;
  return frame;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const EXTENSIONS = [0, 43, 60, 135, 139, 140, AUTHENTICATION];

/** Mostly whole packets, in all the ways that they may travel. */
export const shapeArb: fc.Arbitrary<FrameShape> = fc.record({
  tags: fc.oneof(
    { weight: 7, arbitrary: fc.constant<number[]>([]) },
    { weight: 3, arbitrary: fc.array(fc.constantFrom(0x8100, 0x88a8), { minLength: 1, maxLength: 3 }) },
  ),
  toGroup: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
  optionWords: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10 })),
  extensions: fc.oneof(
    { weight: 5, arbitrary: fc.constant<[number, number][]>([]) },
    {
      weight: 4,
      arbitrary: fc.array(fc.tuple(fc.constantFrom(...EXTENSIONS), fc.integer({ min: 0, max: 3 })), {
        maxLength: 9,
      }),
    },
  ),
  fragment: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'first', 'later', 'atomic'),
  payload: fc.constantFrom(0, 1, 12, 18, 200),
  padding: fc.constantFrom(0, 0, 0, 1, 6, 18),
  hopLimit: fc.constantFrom(1, 64, 255, 255),
  icmpType: fc.constantFrom(0, 8, 128, 132, 133, 135, 136, 137, 138),
  damage: fc.oneof(
    { weight: 17, arbitrary: fc.constant({ kind: 'none' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const), bytes: fc.nat(80) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('byte' as const),
        at: fc.nat(300),
        value: fc.integer({ min: 0, max: 255 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'ether-type' as const }) },
  ),
});
