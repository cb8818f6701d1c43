import type { PacketHandler } from '../../../src/handlers/packet-handler.ts';

/** Receives and drops: looks at the length of every packet and answers none. */
export function createPacketHandler(): PacketHandler & { bytes: number } {
  return {
    bytes: 0,
    handle(batch) {
      for (let i = 0; i < batch.count; i++) this.bytes += batch.length[i];
    },
  };
}
