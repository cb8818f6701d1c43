import type { PacketBatch, PacketHandler } from '../../handlers/packet-handler.ts';

/** Obeys the first byte of each payload: 1 = crash the thread later, 2 = hang it, 3 = throw, 4 = consume, 6 = stall 2 s; else echo. */
export function createPacketHandler(): PacketHandler {
  return {
    handle(batch: PacketBatch): void {
      for (let i = 0; i < batch.count; i++) obey(batch, i);
    },
  };
}

function obey(batch: PacketBatch, i: number): void {
  switch (batch.memory[batch.offset[i]]) {
    case 1:
      setImmediate(() => {
        throw new Error('crash of a test');
      });
      break;
    case 2:
      for (;;) stall(1_000);
    case 3:
      throw new Error('failure of a test');
    case 4:
      return;
    case 6:
      stall(2_000);
  }
  batch.replyLength[i] = batch.length[i];
}

function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
