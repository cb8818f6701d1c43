/** LINKTYPE_RAW: each packet begins with its IPv4 or IPv6 header. https://www.tcpdump.org/linktypes.html */
const LINKTYPE_RAW = 101;
/** The largest packet that can be captured; a file may not claim less than a packet in it has. */
const MAX_SNAP_LENGTH = 65_535;

/** The 24-byte header of a classic pcap file: little-endian, timestamps in microseconds. */
export function pcapHeader(snapLength: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snapLength === 0 ? MAX_SNAP_LENGTH : snapLength, 16);
  header.writeUInt32LE(LINKTYPE_RAW, 20);
  return header;
}

/** One packet record: `timeUs` is Unix time in microseconds, `originalLength` the length on the wire. */
export function pcapRecord(timeUs: number, data: Uint8Array, originalLength: number): Buffer {
  const record = Buffer.allocUnsafe(16 + data.length);
  record.writeUInt32LE(Math.floor(timeUs / 1_000_000), 0);
  record.writeUInt32LE(timeUs % 1_000_000, 4);
  record.writeUInt32LE(data.length, 8);
  record.writeUInt32LE(originalLength, 12);
  record.set(data, 16);
  return record;
}
