import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { reportCounters } from './report-counters.ts';

/* A Node dgram echo, as small as it gets: node dgram.ts ADDRESS PORT */

const [address, port] = process.argv.slice(2);
let packets = 0;
const socket = createSocket('udp4');
socket.on('message', (payload, sender) => {
  packets++;
  socket.send(payload, sender.port, sender.address);
});
socket.bind(Number(port), address);
await once(socket, 'listening');

// libuv hands over one packet at a time.
reportCounters(
  () => ({ packets, bursts: packets, kernel_dropped: droppedBySocket() }),
  () => void socket.close(),
);

/** The last column of /proc/net/udp: the only UDP socket of this namespace is ours. */
function droppedBySocket(): number {
  const lines = readFileSync('/proc/net/udp', 'utf8').trim().split('\n').slice(1);
  const hexPort = Number(port).toString(16).toUpperCase().padStart(4, '0');
  const line = lines.find((text) => text.trim().split(/\s+/)[1].endsWith(`:${hexPort}`))!;
  return Number(line.trim().split(/\s+/).at(-1));
}
