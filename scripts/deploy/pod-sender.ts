// Runs inside the fast path's container, fed to its node as text: sends UDP flows to the data plane there and counts
// what comes back. kubectl forwards TCP only, and a pod's own loopback needs no hole in a NetworkPolicy.
// argv: one JSON text {target: {address, port}, flows: [{srcPort, size, count, intervalMs}], settleMs}.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

interface Flow {
  srcPort: number;
  size: number;
  count: number;
  intervalMs: number;
}

const { target, flows, settleMs } = JSON.parse(process.argv.at(-1)!) as {
  target: { address: string; port: number };
  flows: Flow[];
  settleMs: number;
};

async function run({ srcPort, size, count, intervalMs }: Flow): Promise<{ sent: number; received: number }> {
  const socket = createSocket('udp4');
  let received = 0;
  socket.on('message', () => received++);
  socket.bind(srcPort, target.address);
  await once(socket, 'listening');
  const payload = Buffer.alloc(size);
  for (let sent = 0; sent < count; sent++) {
    socket.send(payload, target.port, target.address);
    await sleep(intervalMs);
  }
  if (received < count) await sleep(settleMs);
  socket.close();
  return { sent: count, received };
}

console.log(JSON.stringify(await Promise.all(flows.map(run))));
