import { once } from 'node:events';
import { Metadata, type ServerWritableStream } from '@grpc/grpc-js';
import type { Context } from '../../context.ts';
import type { Captured } from '../../plane/captures.ts';
import { toCaptureOptions } from '../capture-messages.ts';
import type { CapturedPacket } from '../gen/fastpath/v1/CapturedPacket.ts';
import type { CaptureRequest__Output } from '../gen/fastpath/v1/CaptureRequest.ts';
import { toVerdict } from '../verdict-messages.ts';

/** Packets as they arrive. A slow reader fills the rings of the workers, where what is lost is counted. */
export function capture({ plane, captures }: Context) {
  return async (call: ServerWritableStream<CaptureRequest__Output, CapturedPacket>, signal: AbortSignal) => {
    const running = await captures.open(toCaptureOptions(call.request, plane.rules));
    try {
      call.sendMetadata(new Metadata()); // tells the caller that from now on nothing is missed
      for await (const packet of running.packets(signal)) {
        if (call.write(toMessage(packet))) continue;
        await once(call, 'drain', { signal }).catch(() => {}); // aborted: the packets end
      }
    } finally {
      await running.close();
    }
  };

  function toMessage(packet: Captured): CapturedPacket {
    return {
      time_us: packet.timeUs,
      data: packet.data,
      original_length: packet.originalLength,
      verdict: toVerdict(plane.rules, packet.action, packet.serial),
      dropped: packet.dropped,
      worker: packet.worker,
      lost_packets: packet.lostPackets,
    };
  }
}
