import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { UdpExchangeCounters } from '../src/native-addon.ts';
import { UdpExchange } from '../src/udp-exchange.ts';
import { PORT } from './default-program.ts';
import { closeFastPath, type FastPath, openFastPath, startDataWorker } from './fast-path.ts';
import { UdpPeer } from './udp-peer.ts';
import { createVethPair, needNamespace, type VethPair } from './veth.ts';

let pair: VethPair;
let fastPath: FastPath;
let peer: UdpPeer;
const workers: Worker[] = [];

beforeEach(async (context) => {
  needNamespace(context);
  pair = createVethPair();
  fastPath = await openFastPath(pair.here.interface);
  peer = await UdpPeer.start(pair.namespace);
});

afterEach(async (context) => {
  if (context.task.result?.state === 'skip') return;
  for (const worker of workers.splice(0)) await worker.terminate();
  await peer.stop();
  closeFastPath(fastPath);
  pair.close();
});

async function startWorker(ending: Parameters<typeof startDataWorker>[1] = 'never'): Promise<Worker> {
  const worker = await startDataWorker(fastPath.exchange, ending);
  workers.push(worker);
  return worker;
}

/** Replies leave before they are counted. */
const expectCounters = (counters: Partial<UdpExchangeCounters>): Promise<void> =>
  expect.poll(() => fastPath.exchange.counters()).toMatchObject(counters);

const words = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `packet ${from + index}`);

test('a worker echoes while the control thread reads the counters', async () => {
  await startWorker();
  peer.send(pair.here.ipv4, PORT, words(0, 500));
  await peer.until(500);
  expect(peer.received).toEqual(words(0, 500));
  await expectCounters({ rxPackets: 500, txPackets: 500, workerLost: 0 });
  expect(fastPath.socket.stats()).toMatchObject({ rxPackets: 500, txPackets: 500, rxDropped: 0 });
});

describe.each(['terminate', 'throw', 'exit', 'return'] as const)('a worker that ends by %s', (ending) => {
  test('frees the claim; its burst is booked to the packet, and nothing in the ring is lost', async () => {
    const worker = await startWorker(ending);
    const errors: Error[] = [];
    worker.on('error', (error: Error) => errors.push(error));
    // Not once(): it would reject with the error.
    const says = new Promise<number>((resolve) => worker.on('message', resolve));
    const ended = new Promise((resolve) => worker.on('exit', resolve));
    peer.send(pair.here.ipv4, PORT, words(0, 20));
    const inHand = await says;
    if (ending === 'terminate') await worker.terminate();
    await ended;
    expect(errors.map(({ message }) => message)).toEqual(ending === 'throw' ? ['on purpose'] : []);
    // Nobody is attached: these wait in the ring.
    peer.send(pair.here.ipv4, PORT, words(20, 30));
    await startWorker();
    await peer.until(50 - inHand);
    expect(peer.received).toEqual(words(inHand, 50 - inHand));
    await expectCounters({
      rxPackets: 50,
      txPackets: 50 - inHand,
      workerLost: inHand,
      consumed: 0,
    });
    expect(fastPath.socket.stats()).toMatchObject({ rxDropped: 0, rxRingFull: 0, fillEmpty: 0 });
  });
});

test('a worker that waits without limit inside of turn can be terminated', async () => {
  const worker = await startWorker('in turn');
  await worker.terminate();
  const successor = UdpExchange.attach(fastPath.exchange.handle);
  expect(successor.turn(0)).toBe(0);
  successor.close();
});

test('workers that die under load, one after the other: every packet is accounted for', async () => {
  const rounds = 10;
  const each = 300;
  for (let round = 0; round < rounds; round++) {
    const worker = await startWorker();
    peer.send(pair.here.ipv4, PORT, words(round * each, each));
    await peer.until(peer.received.length + 20);
    await worker.terminate();
  }
  await startWorker();
  const sent = rounds * each;
  await expect
    .poll(
      () => {
        const { txPackets, workerLost } = fastPath.exchange.counters();
        return txPackets + workerLost;
      },
      { timeout: 120_000 },
    )
    .toBe(sent);
  const { rxPackets, txPackets } = fastPath.exchange.counters();
  expect(rxPackets).toBe(sent);
  await peer.until(txPackets);
  expect(peer.received).toHaveLength(txPackets);
  expect(fastPath.socket.stats()).toMatchObject({ rxDropped: 0, rxRingFull: 0 });
});

test('a socket that is closed under a worker ends its turns with EBADF', async () => {
  const worker = await startWorker();
  const failed = once(worker, 'error');
  fastPath.socket.close();
  const [error] = (await failed) as [Error & { code?: string }];
  expect(error).toMatchObject({ code: 'EBADF', message: expect.stringContaining('EBADF') });
});
