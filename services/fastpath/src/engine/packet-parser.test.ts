import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addWords, finishChecksum } from './checksum.ts';
import { writeUdpHeaders } from './packet-build.ts';
import { HAS_PORTS, KEY_STRIDE, META, PORTS } from './packet-key.ts';
import { PacketParser, Parsed } from './packet-parser.ts';
import { packetArb } from './testing/arbitraries.ts';
import { keyOf } from './testing/naive-classifier.ts';

const key = new Uint32Array(KEY_STRIDE);
const parser = new PacketParser();
const parse = (packet: Uint8Array) => parser.parse(packet, 0, packet.length, key, 0);
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));

const SRC_DST_4 = 'c0000201 c0000202';
const SRC_DST_6 = `20010db8${'0'.repeat(23)}1 20010db8${'0'.repeat(23)}2`;
const UDP_PING = '03e8 1b58 000c 0000 70696e67';

/** IPv4 with this first byte, total length, fragment field and protocol. */
const ipv4 = (rest: string, { first = '45', length = 32, fragment = '0000', protocol = '11' } = {}) =>
  hex(
    `${first}00 ${length.toString(16).padStart(4, '0')} 0000 ${fragment} 40${protocol} 0000 ${SRC_DST_4} ${rest}`,
  );
const ipv6 = (nextHeader: string, rest: string) =>
  hex(`60000000 ${hex(rest).length.toString(16).padStart(4, '0')} ${nextHeader}40 ${SRC_DST_6} ${rest}`);

test('synthesized headers parse back to the packet and carry valid checksums', () => {
  fc.assert(
    fc.property(packetArb, fc.uint8Array({ maxLength: 1500 }), (packet, payload) => {
      const udp = { ...packet, protocol: 17, srcPort: packet.srcPort ?? 1, dstPort: packet.dstPort ?? 2 };
      const headers = writeUdpHeaders(keyOf(udp), 0, payload);
      const whole = new Uint8Array([...headers, ...payload]);
      expect(parse(whole)).toBe(Parsed.complete);
      expect(key).toEqual(keyOf(udp));
      expect(parser.ipLength).toBe(whole.length);
      expect(whole.subarray(parser.payloadOffset, parser.payloadOffset + parser.payloadLength)).toEqual(
        payload,
      );
      const ipHeader = headers.length - 8;
      if (ipHeader === 20) expect(finishChecksum(addWords(0, whole.subarray(0, 20)))).toBe(0);
      const pseudo = addWords(17 + 8 + payload.length, whole.subarray(ipHeader === 20 ? 12 : 8, ipHeader));
      expect(finishChecksum(addWords(pseudo, whole.subarray(ipHeader)))).toBe(0);
    }),
  );
});

test('a known packet, its checksums worked out elsewhere, comes out to the byte', () => {
  const local = keyOf({
    src: { family: 4, words: [0x7f000001] },
    dst: { family: 4, words: [0x7f000001] },
    protocol: 17,
    srcPort: 1000,
    dstPort: 7000,
  });
  const headers = Buffer.from(writeUdpHeaders(local, 0, new TextEncoder().encode('ping')));
  expect(headers.toString('hex')).toBe('450000200000400040113ccb7f0000017f000001' + '03e81b58000c03c3');
});

test('IPv4 options are skipped, and link-layer padding is no payload', () => {
  expect(parse(ipv4(`94040000 ${UDP_PING} 000000000000`, { first: '46', length: 36 }))).toBe(Parsed.complete);
  expect(key[PORTS]).toBe((1000 << 16) | 7000);
  expect(parser.payloadLength).toBe(4);
  expect(parser.payloadOffset).toBe(32);
  expect(parser.ipLength).toBe(36);
});

test('of fragments, only the first has ports', () => {
  expect(parse(ipv4(UDP_PING, { fragment: '2000' }))).toBe(Parsed.fragment);
  expect(key[META] & HAS_PORTS).toBe(HAS_PORTS);
  expect(parse(ipv4(UDP_PING, { fragment: '2001' }))).toBe(Parsed.fragment);
  expect(key[META] & HAS_PORTS).toBe(0);
  expect(key[PORTS]).toBe(0);
  expect(parse(ipv4('03e8', { fragment: '2000', length: 22 }))).toBe(Parsed.truncated); // RFC 1858
  expect(parse(ipv6('2c', `1100 0001 00000001 ${UDP_PING}`))).toBe(Parsed.fragment);
  expect(key[META] & HAS_PORTS).toBe(HAS_PORTS);
  expect(parse(ipv6('2c', `1100 0009 00000001 ${UDP_PING}`))).toBe(Parsed.fragment);
  expect(key[META] & HAS_PORTS).toBe(0);
  expect(parse(ipv6('2c', `1100 0000 00000001 ${UDP_PING}`))).toBe(Parsed.complete); // atomic, RFC 6946
  expect(parser.payloadLength).toBe(4);
  // A second fragment header cannot take back what the first one says.
  expect(parse(ipv6('2c', `2c00 0001 00000001 1100 0000 00000001 ${UDP_PING}`))).toBe(Parsed.fragment);
});

test('IPv6 extension headers are walked, but not without end', () => {
  const options = (next: string) => `${next}00 0104 00000000`;
  expect(parse(ipv6('00', `${options('3c')} ${options('11')} ${UDP_PING}`))).toBe(Parsed.complete);
  expect(key[PORTS]).toBe((1000 << 16) | 7000);
  expect(parse(ipv6('33', `1101 0000 00000001 00000001 ${UDP_PING}`))).toBe(Parsed.complete); // AH: 12 bytes
  expect(key[PORTS]).toBe((1000 << 16) | 7000);
  expect(parse(ipv6('00', `${options('3c').repeat(8)} ${options('11')} ${UDP_PING}`))).toBe(
    Parsed.unsupported,
  );
  expect(parse(ipv6('00', '3cff 0104 00000000'))).toBe(Parsed.truncated);
  expect(parse(ipv6('3b', ''))).toBe(Parsed.complete); // no next header
});

test('packets that contradict themselves are malformed, cut ones truncated', () => {
  expect(parse(hex('50000000'))).toBe(Parsed.malformed);
  expect(parse(ipv4(UDP_PING, { first: '44' }))).toBe(Parsed.malformed);
  expect(parse(ipv4(UDP_PING, { length: 19 }))).toBe(Parsed.malformed);
  expect(parse(ipv4('03e8 1b58 0007 0000', { length: 28 }))).toBe(Parsed.malformed);
  expect(parse(ipv4('03e8 1b58 0009 0000', { length: 28 }))).toBe(Parsed.truncated);
  for (const whole of [ipv4(UDP_PING), ipv6('11', UDP_PING)]) {
    expect(parse(whole)).toBe(Parsed.complete);
    for (let length = 0; length < whole.length; length++) {
      expect(parse(whole.subarray(0, length))).toBe(Parsed.truncated);
    }
  }
});

test('no bytes at all make the parser read beyond its end or fail', () => {
  const start = fc.constantFrom(0x45, 0x46, 0x4f, 0x60);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 120 }), fc.nat(40), (first, bytes, padding) => {
      const memory = new Uint8Array([...new Array(padding).fill(0xff), first, ...bytes, 0xff, 0xff]);
      const end = memory.length - 2;
      const result = parser.parse(memory, padding, end, key, 0);
      if (result > Parsed.fragment) return;
      expect(padding + parser.ipLength).toBeLessThanOrEqual(end);
      expect(parser.payloadOffset + parser.payloadLength).toBeLessThanOrEqual(padding + parser.ipLength);
    }),
    { numRuns: 5_000 },
  );
});
