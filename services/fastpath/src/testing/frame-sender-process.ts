import { setTimeout as sleep } from 'node:timers/promises';
import { BufferPool, XdpSocket } from 'xdp-socket-native';

/* The other half of FrameSender: node frame-sender-process.ts INTERFACE QUEUES */

export type FrameRequest = { readonly frames: readonly Uint8Array[]; readonly times: number };

const SLOTS = 1_024;
const SLOT_SIZE = 2_048;
/** Tries, of at least a millisecond each, to get a frame out. */
const TRIES = 5_000;

const [name, queues] = process.argv.slice(2);
const lanes = Array.from({ length: Number(queues) }, (_, queue) => openLane(name, queue));

process.on('message', (request: FrameRequest) => {
  send(request).then(
    () => process.send!(null),
    (error: Error) => process.send!(error.message),
  );
});
process.on('disconnect', () => process.exit());

async function send({ frames, times }: FrameRequest): Promise<void> {
  let turn = 0;
  for (let round = 0; round < times; round++) {
    for (const frame of frames) await lanes[turn++ % lanes.length](frame);
  }
}

/** Sends one frame by one queue; waits while the kernel has all slots. */
function openLane(interfaceName: string, queue: number): (frame: Uint8Array) => Promise<void> {
  const pool = new BufferPool({ slots: SLOTS, slotSize: SLOT_SIZE });
  const socket = new XdpSocket({ pool, interface: interfaceName, queue, copyMode: 'copy', fillSize: 1 });
  socket.claim();
  const [addresses, lengths, options] = [new Float64Array(1), new Uint32Array(1), new Uint32Array(1)];
  return async (frame) => {
    const slot = await retried(
      () => pool.alloc() + 1 || null,
      () => socket.transmit(addresses, lengths, options, 0),
    );
    addresses[0] = (slot - 1) * SLOT_SIZE;
    lengths[0] = frame.length;
    pool.memory.set(frame, addresses[0]);
    await retried(() => socket.transmit(addresses, lengths, options, 1) || null);
  };
}

async function retried<Result>(
  attempt: () => Result | null,
  between: () => void = () => {},
): Promise<Result> {
  for (let tries = 0; tries < TRIES; tries++) {
    const result = attempt();
    if (result !== null) return result;
    between();
    await sleep(1);
  }
  throw new Error('the interface takes no more frames');
}
