/** A packet of a capture file, with the addresses and ports read from its own bytes. */
export interface Packet {
  timeUs: number;
  originalLength: number;
  bytes: Buffer;
  version: 4 | 6;
  protocol: number;
  src: string;
  dst: string;
  srcPort: number;
  dstPort: number;
  payload: Buffer;
}

const LINKTYPE_RAW = 101;

function addressV6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16)).join(':');
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

function parsePacket(timeUs: number, originalLength: number, bytes: Buffer): Packet {
  const version = bytes[0]! >> 4;
  if (version !== 4 && version !== 6) throw new Error(`IP version ${version} in a raw capture`);
  const header = version === 4 ? (bytes[0]! & 15) * 4 : 40;
  const udp = bytes.subarray(header);
  return {
    timeUs,
    originalLength,
    bytes,
    version,
    protocol: version === 4 ? bytes[9]! : bytes[6]!,
    src: version === 4 ? bytes.subarray(12, 16).join('.') : addressV6(bytes.subarray(8, 24)),
    dst: version === 4 ? bytes.subarray(16, 20).join('.') : addressV6(bytes.subarray(24, 40)),
    srcPort: udp.readUInt16BE(0),
    dstPort: udp.readUInt16BE(2),
    payload: udp.subarray(8),
  };
}

/** Parses a classic pcap file (microseconds or nanoseconds, either byte order) of link type raw IP, strictly. */
export function parsePcap(file: Buffer): Packet[] {
  const magic = file.readUInt32LE(0);
  const little = magic === 0xa1b2c3d4 || magic === 0xa1b23c4d;
  if (!little && magic !== 0xd4c3b2a1 && magic !== 0x4d3cb2a1)
    throw new Error(`not pcap: ${magic.toString(16)}`);
  const nanos = magic === 0xa1b23c4d || magic === 0x4d3cb2a1;
  const u32 = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const u16 = (at: number) => (little ? file.readUInt16LE(at) : file.readUInt16BE(at));
  if (u16(4) !== 2 || u16(6) !== 4) throw new Error(`pcap version ${u16(4)}.${u16(6)}`);
  if (u32(20) !== LINKTYPE_RAW) throw new Error(`link type ${u32(20)} instead of raw IP`);
  const packets: Packet[] = [];
  let at = 24;
  while (at < file.length) {
    if (at + 16 > file.length) throw new Error('truncated record header');
    const kept = u32(at + 8);
    if (at + 16 + kept > file.length) throw new Error('truncated packet');
    const timeUs = u32(at) * 1e6 + (nanos ? u32(at + 4) / 1000 : u32(at + 4));
    packets.push(parsePacket(timeUs, u32(at + 12), file.subarray(at + 16, at + 16 + kept)));
    at += 16 + kept;
  }
  return packets;
}
