import type { PacketBatch, PacketHandler } from './packet-handler.ts';

/** Sends every packet back as it came (RFC 862, echo). */
export class Reflector implements PacketHandler {
  handle(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) batch.replyLength[i] = batch.length[i];
  }
}
