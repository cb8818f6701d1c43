import { KEY_STRIDE } from '../../engine/packet-key.ts';
import type { Action } from '../../engine/rule.ts';
import type { KernelDrop } from '../port.ts';
import { Captured } from './guard-layout.ts';
import { unixOffsetMs } from './monotonic-clock.ts';

/** A packet that ended in the kernel. */
export interface KernelCaptured extends KernelDrop {
  /** False: allowed, and passed on to the network stack. */
  readonly dropped: boolean;
  /** RX queue that it came by. */
  readonly queue: number;
}

const LENGTH_BYTES = 4;
const padded = (bytes: number): number => (bytes + 7) & ~7;

/**
 * Takes apart what `Ring.drain` has written to `drained`: records, each after its length in 32 bits, padded to a
 * multiple of 8 bytes together with it.
 * @param snapLength bytes of a packet to keep at most
 */
export function parseCaptured(drained: Uint8Array<ArrayBuffer>, snapLength: number): KernelCaptured[] {
  const view = new DataView(drained.buffer, drained.byteOffset, drained.byteLength);
  const offsetUs = unixOffsetMs() * 1000;
  const packets: KernelCaptured[] = [];
  for (let at = 0; at < drained.length; ) {
    const record = at + LENGTH_BYTES;
    packets.push(parseRecord(drained, view, record, offsetUs, snapLength));
    at += padded(LENGTH_BYTES + view.getUint32(at, true));
  }
  return packets;
}

function parseRecord(
  drained: Uint8Array<ArrayBuffer>,
  view: DataView,
  at: number,
  offsetUs: number,
  snapLength: number,
): KernelCaptured {
  const length = Math.min(snapLength, view.getUint32(at + Captured.length, true));
  const key = new Uint32Array(KEY_STRIDE);
  for (let word = 0; word < KEY_STRIDE; word++)
    key[word] = view.getUint32(at + Captured.key + 4 * word, true);
  return {
    timeUs: Math.floor(Number(view.getBigUint64(at + Captured.timeNs, true)) / 1000 + offsetUs),
    key,
    data: drained.slice(at + Captured.data, at + Captured.data + length),
    originalLength: view.getUint32(at + Captured.ipLength, true),
    action: view.getUint8(at + Captured.action) as Action,
    serial: view.getUint32(at + Captured.serial, true),
    dropped: view.getUint8(at + Captured.reason) !== 0,
    queue: view.getUint16(at + Captured.queue, true),
  };
}
