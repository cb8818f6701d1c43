import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Sender } from '../port/port-contract.ts';

/** A plain UDP socket on loopback that talks to one port. */
export async function openUdpSender(family: 4 | 6, port: number): Promise<Sender> {
  const host = family === 4 ? '127.0.0.1' : '::1';
  const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', recvBufferSize: 4 * 1024 * 1024 });
  const received: Uint8Array[] = [];
  socket.on('message', (payload) => received.push(payload));
  socket.bind(0, host);
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    received,
    send: (payload) =>
      new Promise((resolve, reject) => {
        socket.send(payload, port, host, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
