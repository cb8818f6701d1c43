import { createSocket } from 'node:dgram';

/* The far end of a veth pair, run by `ip netns exec`: sends what its parent says and tells it what comes back. */

export interface SendOrder {
  readonly address: string;
  readonly port: number;
  readonly payloads: readonly string[];
}

const family = process.argv[2] === '6' ? 'udp6' : 'udp4';
const socket = createSocket({ type: family, recvBufferSize: 4 << 20 });

socket.on('message', (payload) => process.send?.(payload.toString('latin1')));
socket.bind(0, () => process.send?.(null));

process.on('message', ({ address, port, payloads }: SendOrder) => {
  for (const payload of payloads) socket.send(Buffer.from(payload, 'latin1'), port, address);
});
process.on('disconnect', () => socket.close());
