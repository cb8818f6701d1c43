import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BufferPool } from '../src/buffer-pool.ts';
import { UdpExchange } from '../src/udp-exchange.ts';
import { XdpSocket, type XdpSocketOptions } from '../src/xdp-socket.ts';
import { defaultProgram, PORT } from './default-program.ts';
import { UdpPeer } from './udp-peer.ts';
import { createVethPair, needNamespace, type VethPair } from './veth.ts';

const ROUNDS = 20;

const open: { close(): void }[] = [];
let pair: VethPair;

beforeEach((context) => {
  needNamespace(context);
  pair = keep(createVethPair());
});

afterEach(() => {
  for (const resource of open.splice(0).reverse()) resource.close();
});

function keep<T extends { close(): void }>(resource: T): T {
  open.push(resource);
  return resource;
}

/** Packets go through a socket with these options and come back, one at a time, so that a ring of one is enough. */
async function echo(options: Partial<XdpSocketOptions>): Promise<void> {
  const program = keep(defaultProgram());
  program.attach({ interface: pair.here.interface });
  const pool = keep(new BufferPool({ slots: 256, slotSize: 2048 }));
  const socket = keep(new XdpSocket({ pool, interface: pair.here.interface, queue: 0, ...options }));
  program.setSocket('xsks', 0, socket);
  const control = keep(new UdpExchange({ socket, mtu: 1500 }));
  const exchange = keep(UdpExchange.attach(control.handle));
  const peer = await UdpPeer.start(pair.namespace);
  for (let round = 1; round <= ROUNDS; round++) {
    peer.send(pair.here.ipv4, PORT, [`packet ${round}`]);
    // The event loop ends a wait too.
    while (exchange.turn(100) === 0) await setImmediate();
    exchange.replyLength[0] = exchange.length[0]!;
    exchange.turn(0);
    await peer.until(round);
  }
  expect(peer.received.at(-1)).toBe(`packet ${ROUNDS}`);
  await expect.poll(() => control.counters()).toMatchObject({ rxPackets: ROUNDS, txPackets: ROUNDS });
  expect(socket.stats()).toMatchObject({ rxDropped: 0, rxRingFull: 0, txErrors: 0 });
  await peer.stop();
}

test.each([1, 2, 16, 1024, 65_536])('rings of %i', async (size) => {
  await echo({ rxSize: size, txSize: size, fillSize: size, completionSize: size });
});

test('rings of different sizes', async () => {
  await echo({ rxSize: 8, txSize: 256, fillSize: 4096, completionSize: 32 });
});

test.each([
  ['busy polling', { busyPollUs: 50, busyPollBudget: 16 }],
  ['without need-wakeup', { needWakeup: false }],
  ['without frags', { frags: false }],
])('%s', async (_, options) => {
  await echo(options);
});
