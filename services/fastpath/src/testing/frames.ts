import { parseAddress } from '../engine/address.ts';
import { writeUdpHeaders } from '../engine/packet-build.ts';
import { KEY_STRIDE, UDP, writeKeyAddresses, writeKeyHead } from '../engine/packet-key.ts';
import type { VethPair } from './veth.ts';

const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const;
const VLAN_TAG = 0x8100;

export interface UdpFrame {
  readonly family: 4 | 6;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly payload: Uint8Array;
  /** VLAN ids, outermost first. */
  readonly vlans?: readonly number[];
  /** Where the IP packet goes; our end by default. */
  readonly to?: string;
}

/** A whole and right Ethernet frame from the peer to our end. */
export function udpFrame({ here, peer }: VethPair, frame: UdpFrame): Uint8Array {
  const { family, srcPort, dstPort, payload, vlans = [] } = frame;
  const [from, to] = family === 4 ? [peer.ipv4, here.ipv4] : [peer.ipv6, here.ipv6];
  const key = new Uint32Array(KEY_STRIDE);
  writeKeyHead(key, 0, family, UDP, srcPort, dstPort);
  writeKeyAddresses(key, 0, parseAddress(from)!.words, parseAddress(frame.to ?? to)!.words);
  const tags = vlans.flatMap((vlan) => [VLAN_TAG >> 8, VLAN_TAG & 0xff, vlan >> 8, vlan & 0xff]);
  const type = [ETHERTYPE[family] >> 8, ETHERTYPE[family] & 0xff];
  const link = [...macBytes(here.mac), ...macBytes(peer.mac), ...tags, ...type];
  return Uint8Array.of(...link, ...writeUdpHeaders(key, 0, payload), ...payload);
}

/** A copy with some bytes changed; offsets count from the start of the frame. */
export function changed(frame: Uint8Array, bytes: Record<number, (before: number) => number>): Uint8Array {
  const copy = frame.slice();
  for (const [offset, change] of Object.entries(bytes)) copy[Number(offset)] = change(copy[Number(offset)]);
  return copy;
}

function macBytes(mac: string): number[] {
  return mac.split(':').map((byte) => Number.parseInt(byte, 16));
}
