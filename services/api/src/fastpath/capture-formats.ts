import type { Packet } from './capture.schemas.ts';
import type { CapturedPacket__Output } from './gen/fastpath/v1/CapturedPacket.ts';
import { pcapHeader, pcapRecord } from './pcap.ts';
import { verdictView } from './views.ts';

export interface CaptureFormat {
  /** Extension of the file that a browser saves. */
  extension: string;
  header(snapLength: number): Buffer | null;
  encode(instance: string, packet: CapturedPacket__Output): Buffer | string;
}

/** By media type. Several instances are merged as packets arrive, so times may go back a little. */
export const CAPTURE_FORMATS = {
  'application/x-ndjson': {
    extension: 'ndjson',
    header: () => null,
    encode: (instance, packet) => `${JSON.stringify(packetView(instance, packet))}\n`,
  },
  'application/vnd.tcpdump.pcap': {
    extension: 'pcap',
    header: pcapHeader,
    encode: (_instance, { time_us, data, original_length }) => pcapRecord(time_us, data, original_length),
  },
} as const satisfies Record<string, CaptureFormat>;

export type CaptureMediaType = keyof typeof CAPTURE_FORMATS;

function packetView(instance: string, packet: CapturedPacket__Output): Packet {
  return {
    time: microseconds(packet.time_us),
    instance,
    worker: packet.worker,
    data: packet.data.toString('base64'),
    original_length: packet.original_length,
    verdict: verdictView(packet.verdict),
    dropped: packet.dropped,
    lost_packets: packet.lost_packets,
  };
}

/** RFC 3339 with six digits: Date knows milliseconds only. */
function microseconds(timeUs: number): string {
  const seconds = new Date(Math.floor(timeUs / 1_000_000) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(timeUs % 1_000_000).padStart(6, '0')}Z`;
}
