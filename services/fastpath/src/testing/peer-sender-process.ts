import { createSocket, type Socket } from 'node:dgram';

/* The other half of PeerSenders, in the peer's namespace: sends what it is told to, and tells what comes back. */

export type PeerRequest =
  | {
      readonly type: 'open';
      readonly socket: number;
      readonly family: 4 | 6;
      readonly from: string;
      readonly to: string;
      readonly port: number;
    }
  | { readonly type: 'send'; readonly id: number; readonly socket: number; readonly payload: Uint8Array }
  | { readonly type: 'close'; readonly socket: number };

export type PeerReply =
  | { readonly type: 'opened'; readonly socket: number; readonly port: number }
  | { readonly type: 'sent'; readonly id: number; readonly error: string | null }
  | { readonly type: 'received'; readonly socket: number; readonly payload: Uint8Array };

const RECEIVE_BUFFER = 4 * 1024 * 1024;
const sockets = new Map<number, Socket>();
const reply = (message: PeerReply) => process.send!(message);

process.on('message', (request: PeerRequest) => {
  switch (request.type) {
    case 'open':
      return open(request);
    case 'send':
      return sockets.get(request.socket)!.send(request.payload, (error) => {
        reply({ type: 'sent', id: request.id, error: error?.message ?? null });
      });
    case 'close':
      sockets.get(request.socket)?.close();
      sockets.delete(request.socket);
  }
});
process.on('disconnect', () => process.exit());

function open({ socket: id, family, from, to, port }: Extract<PeerRequest, { type: 'open' }>): void {
  const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', recvBufferSize: RECEIVE_BUFFER });
  sockets.set(id, socket);
  socket.on('message', (payload) => reply({ type: 'received', socket: id, payload }));
  socket.on('error', () => {}); // an ICMP error to an earlier packet
  socket.bind(0, from, () => {
    socket.connect(port, to, () => reply({ type: 'opened', socket: id, port: socket.address().port }));
  });
}
