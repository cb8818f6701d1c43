import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { parseCidr } from '../../engine/address.ts';
import { DataPlane } from '../../plane/data-plane.ts';
import { snapshot } from '../../plane/stats.ts';
import { rule } from '../../testing/rules.ts';
import { silentLog } from '../../testing/silent-log.ts';
import { claimPort } from './claim-port.ts';
import { hostPort, type LocalAddress, localAddresses } from './local-addresses.ts';
import { UdpPort } from './udp-port.ts';

const handlerModule = new URL('../../handlers/create-packet-handler.ts', import.meta.url);
const [ONE, TWO, LATER, V6]: LocalAddress[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '127.0.0.2', family: 4 },
  { address: '127.0.0.3', family: 4 },
  { address: '::1', family: 6 },
];

const close: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of close.splice(0).reverse()) await step();
});

async function start(addresses: () => LocalAddress[]) {
  const options = { dataPort: 0, dataHosts: [], workers: 2, rescanMs: 20, addresses };
  const port = await new UdpPort(options, 'a test asks', silentLog).open();
  const plane = new DataPlane(port, { maxRules: 10, flowTableSize: 1_024, handlerModule }, silentLog);
  await plane.start();
  close.push(() => plane.stop());
  return { plane, port: Number(port.addresses()[0].split(':').at(-1)) };
}

async function client() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  close.push(() => socket.close());
  const from: string[] = [];
  socket.on('message', (_payload, peer) => from.push(peer.address));
  return { socket, from };
}

test('replies come from the address that was asked, and dst_cidr tells addresses apart', async () => {
  const { plane, port } = await start(() => [ONE, TWO]);
  const { socket, from } = await client();
  for (const { address } of [ONE, TWO]) socket.send('x', port, address);
  await expect.poll(() => from.toSorted()).toEqual(['127.0.0.1', '127.0.0.2']);
  await plane.apply({ source_id: 'a', revision: 1 }, () => [rule({ dst: parseCidr('127.0.0.2/32') })]);
  for (const { address } of [TWO, ONE]) socket.send('x', port, address);
  await expect.poll(() => snapshot(plane).total).toMatchObject({ txPackets: 3, drops: { rule: 1 } });
});

test('addresses that come and go are bound and released, and nothing counted is lost', async () => {
  let addresses = [ONE];
  const { plane, port } = await start(() => addresses);
  const { socket, from } = await client();
  const listed = () => plane.port.addresses();
  addresses = [ONE, LATER, V6];
  await expect.poll(listed).toEqual([ONE, LATER, V6].map(({ address }) => hostPort(address, port)));
  socket.send('x', port, LATER.address);
  await expect.poll(() => from).toEqual([LATER.address]);
  addresses = [ONE];
  await expect.poll(listed).toEqual([hostPort(ONE.address, port)]);
  await expect.poll(() => claimPort([LATER], port)).toEqual({ port, missing: [], taken: null });
  socket.send('x', port, ONE.address);
  await expect.poll(() => snapshot(plane).total).toMatchObject({ rxPackets: 2, txPackets: 2 });
});

test('an address that cannot be bound yet keeps nobody from serving, and is tried again', async () => {
  const taken = createSocket('udp4');
  let addresses = [ONE];
  const { plane, port } = await start(() => addresses);
  taken.bind({ port, address: TWO.address, exclusive: true });
  await once(taken, 'listening');
  addresses = [ONE, TWO];
  const { socket, from } = await client();
  socket.send('x', port, ONE.address);
  await expect.poll(() => from).toEqual([ONE.address]);
  expect(plane.port.addresses()).toHaveLength(1);
  await new Promise<void>((resolve) => taken.close(resolve));
  await expect.poll(() => plane.port.addresses().length).toBe(2);
});

test('claimPort finds one port that is free everywhere, and refuses one that is taken anywhere', async () => {
  const { port, missing } = await claimPort([ONE, V6, { address: '203.0.113.9', family: 4 }], 0);
  expect(port).toBeGreaterThan(0);
  expect(missing.map(({ address }) => address)).toEqual(['203.0.113.9']);
  const taken = createSocket({ type: 'udp6', ipv6Only: true, reusePort: true }).bind(port, '::1');
  await once(taken, 'listening');
  close.push(() => taken.close());
  await expect(claimPort([ONE, V6], port)).rejects.toMatchObject({
    code: 'port_in_use',
    message: expect.stringMatching(/\[::1\]:\d+ .*DATA_PORT/),
  });
});

test('localAddresses names every local address once, with the scope it needs', () => {
  const all = localAddresses([]);
  expect(all).toContainEqual(ONE);
  expect(new Set(all.map(({ address }) => address)).size).toBe(all.length);
  for (const { address } of all.filter((local) => /^fe[89ab]/i.test(local.address)))
    expect(address).toContain('%');
  expect(localAddresses(['0.0.0.0']).every(({ family }) => family === 4)).toBe(true);
  expect(localAddresses(['::']).every(({ family }) => family === 6)).toBe(true);
  expect(localAddresses(['127.0.0.2', '::1'])).toEqual([TWO, V6]);
});
