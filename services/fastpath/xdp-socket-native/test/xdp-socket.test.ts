import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BufferPool } from '../src/buffer-pool.ts';
import { openXdpSocket } from '../src/open-xdp-socket.ts';
import { XdpSocket, type XdpSocketOptions } from '../src/xdp-socket.ts';
import { defaultProgram, PORT } from './default-program.ts';
import { UdpPeer } from './udp-peer.ts';
import { createVethPair, needNamespace, type VethPair } from './veth.ts';

/* Ethernet, IPv4, UDP: where the payload of the peer's packets begins. */
const HEADERS = 14 + 20 + 8;
const ROWS = 64;

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

const createPool = (slots = 4096): BufferPool => keep(new BufferPool({ slots, slotSize: 2048 }));

function create(options: Partial<XdpSocketOptions> = {}): XdpSocket {
  const pool = options.pool ?? createPool();
  return keep(new XdpSocket({ pool, interface: pair.here.interface, queue: 0, ...options }));
}

/** A socket with the claim on queue 0 that gets the peer's UDP. */
function receiving(options: Partial<XdpSocketOptions> = {}): XdpSocket {
  const program = keep(defaultProgram());
  program.attach({ interface: pair.here.interface });
  const socket = create(options);
  program.setSocket('xsks', 0, socket);
  socket.claim();
  return socket;
}

function columns(addresses: BigUint64Array | Float64Array = new BigUint64Array(ROWS)) {
  return { addresses, lengths: new Uint32Array(ROWS), options: new Uint32Array(ROWS) };
}

/** Receives until `count` rows have come. */
async function receive(
  socket: XdpSocket,
  { addresses, lengths, options }: ReturnType<typeof columns>,
  count: number,
): Promise<void> {
  let rows = 0;
  while (rows < count) {
    // The test runner's messages end a wait too.
    if (!socket.wait(100)) await setImmediate();
    const rest = addresses.subarray(rows) as BigUint64Array;
    rows += socket.receive(rest, lengths.subarray(rows), options.subarray(rows));
  }
  expect(rows).toBe(count);
}

const words = (count: number): string[] => Array.from({ length: count }, (_, index) => `packet ${index}`);

/** Swaps the MAC addresses, IPv4 addresses and ports of a packet: sums stay right. */
function turnRound(frame: Uint8Array): void {
  const copy = frame.slice();
  frame.set(copy.subarray(6, 12), 0);
  frame.set(copy.subarray(0, 6), 6);
  frame.set(copy.subarray(30, 34), 26);
  frame.set(copy.subarray(26, 30), 30);
  frame.set(copy.subarray(36, 38), 34);
  frame.set(copy.subarray(34, 36), 36);
  // The sender left the UDP checksum to the device: none is right too.
  frame.fill(0, 40, 42);
}

describe.each([
  ['BigUint64Array', () => new BigUint64Array(ROWS)],
  ['Float64Array', () => new Float64Array(ROWS)],
])('addresses in a %s', (_, addresses) => {
  test('packets come, are turned round and sent back', async () => {
    const pool = createPool();
    const socket = receiving({ pool });
    const peer = await UdpPeer.start(pair.namespace);
    peer.send(pair.here.ipv4, PORT, words(10));
    const burst = columns(addresses());
    await receive(socket, burst, 10);
    const payloads = words(10).map((_, row) => {
      const address = Number(burst.addresses[row]);
      const frame = pool.memory.subarray(address, address + burst.lengths[row]!);
      const payload = Buffer.from(frame.subarray(HEADERS)).toString();
      turnRound(frame);
      return payload;
    });
    expect(payloads).toEqual(words(10));
    expect(burst.options.subarray(0, 10)).toEqual(new Uint32Array(10));
    expect(socket.transmit(burst.addresses, burst.lengths, burst.options, 10)).toBe(10);
    await peer.until(10);
    expect(peer.received).toEqual(words(10));
    expect(socket.stats()).toMatchObject({
      rxPackets: 10,
      txPackets: 10,
      rxDropped: 0,
      txFull: 0,
      txErrors: 0,
    });
    await peer.stop();
  });
});

test('recycled frames go back to the fill ring: nothing is lost over many times the pool', async () => {
  const pool = createPool(64);
  const socket = receiving({ pool, rxSize: 32, fillSize: 32, txSize: 32, completionSize: 32 });
  const peer = await UdpPeer.start(pair.namespace);
  const burst = columns();
  for (let round = 0; round < 40; round++) {
    peer.send(pair.here.ipv4, PORT, words(8));
    await receive(socket, burst, 8);
    socket.recycle(burst.addresses, burst.lengths, burst.options, 8);
  }
  expect(socket.stats()).toMatchObject({ rxPackets: 320, rxRingFull: 0, rxFillRingEmptyDescs: 0 });
  expect(() => socket.recycle(burst.addresses, burst.lengths, burst.options, 8)).toThrow(
    expect.objectContaining({ code: 'EINVAL', operation: 'recycle' }),
  );
  await peer.stop();
});

test('wait ends when the time is over, or when the event loop has something to do', async () => {
  const socket = create();
  socket.claim();
  expect(socket.wait(0)).toBe(false);
  expect(socket.wait(1)).toBe(false);
  const starting = UdpPeer.start(pair.namespace);
  // The event loop learns of the new process's channel in its next round.
  await setImmediate();
  // Nothing will ever come by the socket: what the process says ends this.
  expect(socket.wait(-1)).toBe(false);
  await (await starting).stop();
});

describe('arguments', () => {
  test.each<[Partial<XdpSocketOptions>, ErrorConstructor]>([
    [{ queue: -1 }, RangeError],
    [{ queue: 0.5 }, RangeError],
    [{ interface: '' }, RangeError],
    [{ interface: 'x'.repeat(16) }, RangeError],
    [{ interface: 5 as unknown as string }, TypeError],
    [{ rxSize: 1000 }, RangeError],
    [{ txSize: 0 }, RangeError],
    [{ copyMode: 'fast' as 'copy' }, RangeError],
    [{ needWakeup: 1 as unknown as boolean }, TypeError],
    [{ pool: {} as BufferPool }, TypeError],
  ])('%o is refused', (options, error) => {
    expect(() => create(options)).toThrow(error);
  });

  test('arrays of the wrong type, without room, or detached', () => {
    const socket = create();
    socket.claim();
    const { addresses, lengths, options } = columns();
    expect(() => socket.receive(lengths as unknown as BigUint64Array, lengths, options)).toThrow(TypeError);
    expect(() => socket.receive(addresses, addresses as unknown as Uint32Array, options)).toThrow(TypeError);
    expect(() => socket.receive(addresses, lengths.subarray(0, 0), options)).toThrow(RangeError);
    expect(() => socket.transmit(addresses, lengths, options, ROWS + 1)).toThrow(RangeError);
    expect(() => socket.transmit(addresses, lengths.subarray(0, 3), options, 4)).toThrow(RangeError);
    structuredClone(lengths.buffer, { transfer: [lengths.buffer] });
    expect(() => socket.receive(addresses, lengths, options)).toThrow(RangeError);
    expect(() => socket.recycle(addresses, lengths, options, 1)).toThrow(RangeError);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, 4096 * 2048])(
    'address %d is refused',
    (address) => {
      const socket = create();
      socket.claim();
      const { lengths, options } = columns();
      lengths[0] = 64;
      expect(() => socket.transmit(Float64Array.of(address), lengths, options, 1)).toThrow(/EINVAL/);
      expect(() => socket.recycle(Float64Array.of(address), lengths, options, 1)).toThrow(/EINVAL/);
    },
  );
});

describe('opening', () => {
  test('what is in force is reported', () => {
    expect(create()).toMatchObject({ zeroCopy: false, frags: expect.any(Boolean) });
    const { here } = keep(createVethPair({ queues: 2 }));
    expect(create({ interface: here.interface, queue: 1, copyMode: 'copy', frags: false })).toMatchObject({
      zeroCopy: false,
      frags: false,
    });
  });

  test.each<[string, Partial<XdpSocketOptions>, string]>([
    ['an interface that does not exist', { interface: 'nowhere' }, 'ENODEV'],
    ['zero-copy where there is none', { copyMode: 'zero-copy' }, 'EOPNOTSUPP'],
    ['a queue that does not exist', { queue: 1 }, 'EINVAL'],
  ])('%s is an error with a remedy', (_, options, code) => {
    expect(() => create(options)).toThrow(
      expect.objectContaining({
        code,
        operation: 'open_socket',
        message: expect.stringMatching(/ on .*: E[A-Z]+: .{20}/),
      }),
    );
  });

  test('a taken queue stays taken within the time, and openXdpSocket waits for one that was closed', async () => {
    const pool = createPool();
    const options = { pool, interface: pair.here.interface, queue: 0 };
    const first = keep(new XdpSocket(options));
    await expect(openXdpSocket({ ...options, pool: createPool() }, { retryMs: 50 })).rejects.toMatchObject({
      code: 'EBUSY',
    });
    first.close();
    keep(await openXdpSocket({ ...options, pool: createPool() }, { retryMs: 60_000 }));
  });

  test('other errors are not tried again', async () => {
    const options = { pool: createPool(), interface: 'nowhere', queue: 0 };
    await expect(openXdpSocket(options, { retryMs: 1e9 })).rejects.toMatchObject({ code: 'ENODEV' });
  });
});

describe('claim and close', () => {
  test('one claim at a time', () => {
    const socket = create();
    const other = keep(XdpSocket.fromHandle(socket.handle));
    const { addresses, lengths, options } = columns();
    expect(() => socket.receive(addresses, lengths, options)).toThrow(
      expect.objectContaining({ operation: 'claim' }),
    );
    expect(socket.claim()).toBe(0);
    expect(() => other.claim()).toThrow(expect.objectContaining({ code: 'EBUSY' }));
    socket.release();
    socket.release();
    expect(other.claim()).toBe(0);
    // Closing what came from a handle ends its claim and nothing else.
    other.close();
    expect(socket.claim()).toBe(0);
    expect(socket.stats().rxPackets).toBe(0);
  });

  test('closing the one that opened it ends it for all', () => {
    const socket = create();
    const other = keep(XdpSocket.fromHandle(socket.handle));
    other.claim();
    const { handle } = socket;
    socket.close();
    socket.close();
    const { addresses, lengths, options } = columns();
    for (const use of [
      () => socket.claim(),
      () => socket.stats(),
      () => socket.wait(0),
      () => socket.handle,
      () => socket.receive(addresses, lengths, options),
      () => socket.transmit(addresses, lengths, options, 0),
      () => socket.recycle(addresses, lengths, options, 0),
      () => other.wait(0),
      () => other.receive(addresses, lengths, options),
      () => XdpSocket.fromHandle(handle),
    ])
      expect(use, String(use)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});
