// Runs in the peer's network namespace: sends UDP datagrams over the wire and compares what comes back. One Sending
// by IPC at a time, answered by a Received.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Received, Sending } from './peer-messages.ts';

const TARGET = { 4: '10.99.0.1', 6: 'fd99::1' };
const OWN = { 4: '10.99.0.2', 6: 'fd99::2' };
const PORT = 7000;
/** Datagrams on their way at once: fewer than any ring or socket on the way holds, so nothing is lost by haste. */
const WINDOW = 64;
/** It looks so often. Turns and not time: a machine that stood still for a second has not been silent for one. */
const TURN_MS = 5;
/** Nothing has come back for so many turns: nothing more will. */
const SILENT_TURNS = 200;
/** The same where every datagram has to come back: the first one also waits until the neighbour's address is known. */
const PATIENT_TURNS = 6_000;

process.on('message', (sending: Sending) => {
  exchange(sending).then(
    (received) => process.send?.(received),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

async function exchange({ family, sourcePorts, size, count, lossy }: Sending): Promise<Received> {
  const received: Received = { sent: 0, replies: 0, distinct: 0, reordered: 0, wrong: 0 };
  const seen = new Uint8Array(count);
  const sockets = await Promise.all(
    sourcePorts.map(async (port, i) => {
      const socket = await openSocket(family, port);
      let newest = -1;
      socket.on('message', (payload) => {
        received.replies++;
        const id = payload.length >= 4 ? payload.readUInt32BE() : count;
        if (id >= count || id % sourcePorts.length !== i || !payload.equals(payloadOf(id, size))) {
          received.wrong++;
          return;
        }
        if (seen[id] === 0) received.distinct++;
        seen[id] = 1;
        if (id < newest) received.reordered++;
        newest = Math.max(newest, id);
      });
      return socket;
    }),
  );
  const silence = async (turns: number, isEnough: () => boolean) => {
    for (let silent = 0; !isEnough() && silent < turns; silent++) {
      const before = received.replies;
      await sleep(TURN_MS);
      if (received.replies > before) silent = 0;
    }
  };
  while (received.sent < count) {
    const end = Math.min(received.sent + WINDOW, count);
    for (; received.sent < end; received.sent++) {
      await send(sockets[received.sent % sockets.length]!, payloadOf(received.sent, size), TARGET[family]);
    }
    await silence(lossy ? SILENT_TURNS : PATIENT_TURNS, () => received.distinct === received.sent);
  }
  await silence(SILENT_TURNS, () => false);
  for (const socket of sockets) socket.close();
  return received;
}

async function openSocket(family: 4 | 6, port: number): Promise<Socket> {
  const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6' });
  socket.bind(port, OWN[family]);
  await once(socket, 'listening');
  return socket;
}

function send(socket: Socket, payload: Buffer, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(payload, PORT, address, (error) => (error ? reject(error) : resolve()));
  });
}

/** Its number, then bytes that follow from it. */
function payloadOf(id: number, size: number): Buffer {
  const payload = Buffer.alloc(size, id & 0xff);
  payload.writeUInt32BE(id);
  return payload;
}
