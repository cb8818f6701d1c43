import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BufferPool } from '../src/buffer-pool.ts';
import { NO_REPLY, UdpExchange, type UdpExchangeOptions } from '../src/udp-exchange.ts';
import { XdpSocket } from '../src/xdp-socket.ts';
import { defaultProgram, PORT } from './default-program.ts';
import { UdpPeer } from './udp-peer.ts';
import { createVethPair, needNamespace, type VethPair } from './veth.ts';

const open: { close(): void }[] = [];
let pair: VethPair;
let control: UdpExchange;

beforeEach((context) => {
  needNamespace(context);
  pair = keep(createVethPair());
  control = start();
});

afterEach(() => {
  for (const resource of open.splice(0).reverse()) resource.close();
});

function keep<T extends { close(): void }>(resource: T): T {
  open.push(resource);
  return resource;
}

function start(options: Partial<UdpExchangeOptions> = {}): UdpExchange {
  const program = keep(defaultProgram());
  program.attach({ interface: pair.here.interface });
  const pool = keep(new BufferPool({ slots: 4096, slotSize: 2048 }));
  const socket = keep(new XdpSocket({ pool, interface: pair.here.interface, queue: 0 }));
  program.setSocket('xsks', 0, socket);
  return keep(new UdpExchange({ socket, mtu: 1500, ...options }));
}

/** Turns until `count` packets were shown to `handle`, then once more to settle the last. */
async function turnUntil(exchange: UdpExchange, count: number, handle: (row: number) => void): Promise<void> {
  for (let seen = 0; seen < count; ) {
    const packets = exchange.turn(100);
    for (let row = 0; row < packets; row++) handle(row);
    seen += packets;
    if (packets === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  exchange.turn(0);
}

const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `packet ${index}`);

describe.each([4, 6] as const)('IPv%i', (family) => {
  const address = (): string => (family === 4 ? pair.here.ipv4 : pair.here.ipv6);
  const headers = family === 4 ? 28 : 48;

  test('payloads are shown, replies are written in place and come back', async () => {
    const exchange = keep(UdpExchange.attach(control.handle));
    const peer = await UdpPeer.start(pair.namespace, family);
    peer.send(address(), PORT, words(50));
    const { memory, offset, length, replyLength, ipLength, ipOffset, capacity, index } = exchange;
    const payloads: string[] = [];
    await turnUntil(exchange, 50, (row) => {
      payloads.push(Buffer.from(memory.subarray(offset[row], offset[row]! + length[row]!)).toString());
      expect(replyLength[row]).toBe(NO_REPLY);
      expect(index[row]).toBe(row);
      expect(ipLength[row]).toBe(length[row]! + headers);
      expect(ipOffset[row]).toBe(offset[row]! - headers);
      expect(memory[ipOffset[row]!]! >> 4).toBe(family);
      expect(capacity[row]).toBe(1500 - headers);
      memory[offset[row]!] = 'P'.charCodeAt(0);
      memory[offset[row]! + length[row]!] = '!'.charCodeAt(0);
      replyLength[row] = length[row]! + 1;
    });
    await peer.until(50);
    expect(payloads).toEqual(words(50));
    expect(peer.received).toEqual(words(50).map((word) => `${word.replace('p', 'P')}!`));
    expect(control.counters()).toMatchObject({ rxPackets: 50, txPackets: 50, consumed: 0, workerLost: 0 });
    await peer.stop();
  });

  test('what gets no reply, one too long, or a burst that failed is counted', async () => {
    const exchange = keep(UdpExchange.attach(control.handle));
    const peer = await UdpPeer.start(pair.namespace, family);
    peer.send(address(), PORT, words(1));
    await turnUntil(exchange, 1, () => undefined);
    expect(exchange.counters()).toMatchObject({ rxPackets: 1, consumed: 1 });
    peer.send(address(), PORT, words(1));
    await turnUntil(exchange, 1, (row) => {
      exchange.replyLength[row] = exchange.capacity[row]! + 1;
    });
    expect(exchange.counters()).toMatchObject({ rxPackets: 2, handlerError: 1 });
    peer.send(address(), PORT, words(1));
    await turnUntil(exchange, 1, (row) => {
      exchange.replyLength[row] = 1;
      exchange.fail();
    });
    expect(exchange.counters()).toMatchObject({ rxPackets: 3, txPackets: 0, handlerError: 2 });
    await peer.stop();
  });

  test('reflect answers natively and says how many', async () => {
    const exchange = keep(UdpExchange.attach(control.handle));
    const peer = await UdpPeer.start(pair.namespace, family);
    peer.send(address(), PORT, words(200));
    let answered = 0;
    while (answered < 200) {
      answered += exchange.reflect(100, 1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await peer.until(200);
    expect(answered).toBe(200);
    expect(peer.received).toEqual(words(200));
    await peer.stop();
  });
});

test('detach settles what is in hand; the next holder starts with nothing lost', async () => {
  const first = keep(UdpExchange.attach(control.handle));
  expect(() => UdpExchange.attach(control.handle)).toThrow(
    expect.objectContaining({ code: 'EBUSY', operation: 'claim' }),
  );
  const peer = await UdpPeer.start(pair.namespace);
  peer.send(pair.here.ipv4, PORT, words(1));
  while (first.turn(100) === 0) await new Promise((resolve) => setImmediate(resolve));
  first.replyLength[0] = first.length[0]!;
  first.detach();
  first.detach();
  expect(() => first.turn(0)).toThrow(expect.objectContaining({ code: 'EPERM' }));
  await peer.until(1);
  const second = keep(UdpExchange.attach(control.handle));
  expect(second.counters()).toMatchObject({ rxPackets: 1, txPackets: 1, workerLost: 0 });
  await peer.stop();
});

describe('a stream of packets', () => {
  const ROUND = 500;

  /** Echoes rounds of packets until `done` says so, 100 at most; how many came back is what was sent. */
  async function echoUntil(coalesceUs: number, done: () => boolean): Promise<number> {
    for (const resource of open.splice(0).reverse()) resource.close();
    pair = keep(createVethPair());
    control = start({ coalesceUs });
    const exchange = keep(UdpExchange.attach(control.handle));
    const peer = await UdpPeer.start(pair.namespace, 4);
    let sent = 0;
    while (sent === 0 || (!done() && sent < 100 * ROUND)) {
      peer.send(pair.here.ipv4, PORT, words(ROUND));
      await turnUntil(exchange, ROUND, (row) => {
        exchange.replyLength[row] = exchange.length[row]!;
      });
      sent += ROUND;
      await peer.until(sent);
    }
    await peer.stop();
    return sent;
  }

  test('is slept through in part when asked for, and nothing is lost', async () => {
    const sent = await echoUntil(1000, () => control.counters().naps > 0);
    const counters = control.counters();
    expect(counters.naps).toBeGreaterThan(0);
    expect(counters).toMatchObject({ rxPackets: sent, txPackets: sent });
  });

  test('wakes for each burst otherwise', async () => {
    await echoUntil(0, () => true);
    expect(control.counters()).toMatchObject({ naps: 0, txPackets: ROUND });
  });
});

describe('turn', () => {
  test('takes a number only, ends at once with 0 and in time with 1', () => {
    const exchange = keep(UdpExchange.attach(control.handle));
    expect(exchange.turn(0)).toBe(0);
    expect(exchange.turn(1)).toBe(0);
    expect(() => exchange.turn('1' as unknown as number)).toThrow(TypeError);
    expect(() => exchange.turn(undefined as unknown as number)).toThrow(TypeError);
    expect(() => exchange.reflect(0, 0)).toThrow(RangeError);
  });

  test('needs an attached object', () => {
    expect(() => control.turn(0)).toThrow(/not attached/);
    expect(() => control.fail()).toThrow(/not attached/);
    expect(() => control.reflect(0, 1)).toThrow(/not attached/);
  });

  test('answers EBADF after close, and after the socket was closed', () => {
    const exchange = keep(UdpExchange.attach(control.handle));
    const { offset, memory } = exchange;
    exchange.close();
    exchange.close();
    for (const use of [
      () => exchange.turn(0),
      () => exchange.fail(),
      () => exchange.reflect(0, 1),
      () => exchange.counters(),
      () => exchange.detach(),
      () => exchange.handle,
    ])
      expect(use, String(use)).toThrow(expect.objectContaining({ code: 'EBADF' }));
    expect([offset.length, memory.length, exchange.offset.length, exchange.memory.length]).toEqual([
      0, 0, 0, 0,
    ]);
    const other = keep(UdpExchange.attach(control.handle));
    for (const resource of open) if (resource instanceof XdpSocket) resource.close();
    expect(() => other.turn(0)).toThrow(expect.objectContaining({ code: 'EBADF', operation: 'turn' }));
    expect(other.counters().rxPackets).toBe(0);
  });
});

test('a stale handle names nothing', () => {
  const { handle } = control;
  control.close();
  expect(() => UdpExchange.attach(handle)).toThrow(
    expect.objectContaining({ code: 'EBADF', operation: 'handle' }),
  );
});

test('options are checked', () => {
  const socket = open.find((resource) => resource instanceof XdpSocket)!;
  const create = (options: Partial<UdpExchangeOptions>) => () =>
    new UdpExchange({ socket, mtu: 1500, ...options });
  expect(create({ burst: 0 })).toThrow(RangeError);
  expect(create({ burst: 257 })).toThrow(RangeError);
  expect(create({ mtu: 67 })).toThrow(RangeError);
  expect(create({ tailAt: -1 })).toThrow(RangeError);
  expect(create({ tailAt: 1 })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  expect(create({ socket: {} as XdpSocket })).toThrow(TypeError);
  expect(UdpExchange.tailSize(64, 1500, 2048)).toBe(0);
  expect(UdpExchange.tailSize(64, 9000, 2048)).toBeGreaterThanOrEqual(64 * 9000);
});
