import { addWords, finishChecksum } from './checksum.ts';
import { DST, DST_REST, keyFamily, PORTS, SRC, SRC_REST, UDP } from './packet-key.ts';

const UDP_HEADER = 8;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const HOP_LIMIT = 64;

/**
 * The IP and UDP headers (RFC 791, RFC 8200, RFC 768), checksums included, that a packet of this key with this
 * payload has at the least. For ports that are given payloads only.
 */
export function writeUdpHeaders(keys: Uint32Array, at: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const family = keyFamily(keys, at);
  const ipHeader = family === 4 ? IPV4_HEADER : IPV6_HEADER;
  const headers = new Uint8Array(ipHeader + UDP_HEADER);
  const view = new DataView(headers.buffer);
  if (family === 4) writeIpv4(view, keys, at, payload.length);
  else writeIpv6(view, keys, at, payload.length);
  writeUdp(view, ipHeader, keys[at + PORTS], payload);
  return headers;
}

function writeIpv4(view: DataView<ArrayBuffer>, keys: Uint32Array, at: number, payloadLength: number): void {
  view.setUint8(0, 0x45);
  view.setUint16(2, IPV4_HEADER + UDP_HEADER + payloadLength);
  view.setUint16(6, 0x4000); // don't fragment: the identification may stay 0 (RFC 6864)
  view.setUint8(8, HOP_LIMIT);
  view.setUint8(9, UDP);
  view.setUint32(12, keys[at + SRC]);
  view.setUint32(16, keys[at + DST]);
  view.setUint16(10, finishChecksum(addWords(0, new Uint8Array(view.buffer, 0, IPV4_HEADER))));
}

function writeIpv6(view: DataView<ArrayBuffer>, keys: Uint32Array, at: number, payloadLength: number): void {
  view.setUint8(0, 0x60);
  view.setUint16(4, UDP_HEADER + payloadLength);
  view.setUint8(6, UDP);
  view.setUint8(7, HOP_LIMIT);
  view.setUint32(8, keys[at + SRC]);
  view.setUint32(24, keys[at + DST]);
  for (let word = 0; word < 3; word++) {
    view.setUint32(12 + 4 * word, keys[at + SRC_REST + word]);
    view.setUint32(28 + 4 * word, keys[at + DST_REST + word]);
  }
}

/** The addresses in the IP header before it are part of the checksum, with protocol and length (pseudo header). */
function writeUdp(view: DataView<ArrayBuffer>, at: number, ports: number, payload: Uint8Array): void {
  const length = UDP_HEADER + payload.length;
  view.setUint32(at, ports);
  view.setUint16(at + 4, length);
  const addressBytes = at === IPV4_HEADER ? 8 : 32;
  const addressesAndUdp = new Uint8Array(view.buffer, at - addressBytes);
  const checksum = finishChecksum(addWords(addWords(UDP + length, addressesAndUdp), payload));
  view.setUint16(at + 6, checksum || 0xffff); // 0 would say "no checksum"
}
