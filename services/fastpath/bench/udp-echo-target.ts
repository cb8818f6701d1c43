import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { parseCidr } from '../src/engine/address.ts';
import { createLogger } from '../src/log.ts';
import { DataPlane } from '../src/plane/data-plane.ts';
import { UdpPort } from '../src/port/udp/udp-port.ts';
import { rule } from '../src/testing/rules.ts';

/* The process that udp-echo.bench.ts measures: says its port, and its CPU time when asked. */

const [target] = process.argv.slice(2);
const port = target === 'bare' ? await bareEcho() : await fastPath(target === 'fastpath-rules' ? 1_000 : 0);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuUs: user + system });
});
process.send!({ port });

async function bareEcho(): Promise<number> {
  const socket = createSocket('udp4');
  socket.on('message', (payload, { port, address }) => socket.send(payload, port, address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket.address().port;
}

/** None of the rules matches, so that each packet is looked up under every mask. */
async function fastPath(rules: number): Promise<number> {
  const log = createLogger('error');
  const options = { dataPort: 0, dataHosts: ['127.0.0.1'], workers: 1 };
  const udp = await new UdpPort(options, 'the benchmark asks', log).open();
  const handlerModule = new URL('../src/handlers/create-packet-handler.ts', import.meta.url);
  const plane = new DataPlane(udp, { maxRules: 1_000, flowTableSize: 65_536, handlerModule }, log);
  await plane.start();
  const masks = Array.from({ length: rules }, (_, index) =>
    rule({ src: parseCidr(`10.${index >> 8}.${index & 255}.0/${24 + (index % 8)}`) }),
  );
  await plane.apply({ source_id: 'bench', revision: 1 }, () => masks);
  return Number(udp.addresses()[0].split(':').at(-1));
}
