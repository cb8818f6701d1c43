import type { PacketBatch, PacketHandler } from '../../handlers/packet-handler.ts';

/** Length of a payload that ends the worker's thread in the middle of its burst. */
export const DEADLY_LENGTH = 13;

/** Echoes everything that is not deadly. */
export function createPacketHandler(): PacketHandler {
  return {
    handle(batch: PacketBatch): void {
      for (let i = 0; i < batch.count; i++) {
        if (batch.length[i] === DEADLY_LENGTH) process.exit(1);
        batch.replyLength[i] = batch.length[i];
      }
    },
  };
}
