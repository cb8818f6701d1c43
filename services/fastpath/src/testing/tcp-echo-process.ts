import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/*
 * TCP in the peer's namespace:
 * node tcp-echo-process.ts serve ADDRESS          prints its port, echoes until it is killed
 * node tcp-echo-process.ts connect ADDRESS PORT BYTES   sends as many bytes and ends well when all came back
 */

const [order, address, port, bytes] = process.argv.slice(2);
if (order === 'serve') await serve();
else await exchange();

async function serve(): Promise<void> {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, address);
  await once(server, 'listening');
  console.log((server.address() as AddressInfo).port);
}

async function exchange(): Promise<void> {
  const socket = connect(Number(port), address);
  let back = 0;
  socket.on('data', (chunk) => {
    back += chunk.length;
  });
  socket.end(new Uint8Array(Number(bytes)));
  await once(socket, 'close');
  if (back !== Number(bytes)) throw new Error(`${back} of ${bytes} bytes came back`);
}
