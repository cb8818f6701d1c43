import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UdpExchange } from '../src/udp-exchange.ts';
import { PORT } from './default-program.ts';
import { closeFastPath, openFastPath, startDataWorker } from './fast-path.ts';
import type { LeakReport } from './open-close-cycles.ts';
import { UdpPeer } from './udp-peer.ts';
import { attachedProgram, createVethPair, needNamespace, type VethPair } from './veth.ts';

const EVERYTHING_OPEN = fileURLToPath(new URL('./everything-open.ts', import.meta.url));
const OPEN_CLOSE_CYCLES = fileURLToPath(new URL('./open-close-cycles.ts', import.meta.url));

let pair: VethPair;

beforeEach((context) => {
  needNamespace(context);
  // Those that never send have several queues, because a queue is taken for a while after its socket was closed.
  pair = createVethPair({ queues: context.task.name.startsWith('by ') ? 1 : 8 });
});

afterEach((context) => {
  if (context.task.result?.state !== 'skip') pair.close();
});

/** A process with everything open, once it says so. */
async function openEverything(ending: string): Promise<ChildProcess> {
  const args = [EVERYTHING_OPEN, pair.here.interface, ending];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child.stdout!, 'data');
  return child;
}

async function expectEchoAfterRestart(): Promise<void> {
  const fastPath = await openFastPath(pair.here.interface);
  const worker = await startDataWorker(fastPath.exchange);
  const peer = await UdpPeer.start(pair.namespace);
  peer.send(pair.here.ipv4, PORT, ['still here']);
  await peer.until(1);
  await peer.stop();
  await worker.terminate();
  closeFastPath(fastPath);
}

describe('a process that ends with everything open', () => {
  test.each([
    ['exit', 0],
    ['return', 0],
    ['throw', 1],
  ])('by %s: code %i, the program is off, a restart works', async (ending, expected) => {
    const child = await openEverything(ending);
    const [code, signal] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode, null];
    expect([code, signal]).toEqual([expected, null]);
    expect(attachedProgram(pair.here.interface)).toBeNull();
    await expectEchoAfterRestart();
  });

  test('by SIGKILL: a restart works', async () => {
    const child = await openEverything('never');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await expectEchoAfterRestart();
    expect(attachedProgram(pair.here.interface)).toBeNull();
  });
});

/** Every order of these. */
function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length === 0) yield [];
  for (const item of items)
    for (const rest of permutations(items.filter((other) => other !== item))) yield [item, ...rest];
}

test('pool, program, socket and both sides of an exchange close in any order', async () => {
  let queue = 0;
  let orders = 0;
  for (const order of permutations(['pool', 'program', 'socket', 'exchange', 'attached'] as const)) {
    const fastPath = await openFastPath(pair.here.interface, queue++ % 8);
    const attached = UdpExchange.attach(fastPath.exchange.handle);
    const views = [fastPath.pool.memory, attached.memory, attached.offset, fastPath.exchange.length];
    attached.turn(0);
    for (const name of order) (name === 'attached' ? attached : fastPath[name]).close();
    expect(
      views.map((view) => view.length),
      order.join(),
    ).toEqual([0, 0, 0, 0]);
    orders++;
  }
  expect(orders).toBe(120);
  expect(attachedProgram(pair.here.interface)).toBeNull();
});

test('1,000 open/close cycles leave nothing behind', () => {
  const args = ['--expose-gc', OPEN_CLOSE_CYCLES, pair.here.interface, '1000'];
  const report = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as LeakReport;
  const { warm, end } = report;
  expect(end).toMatchObject({
    descriptors: warm.descriptors,
    threads: warm.threads,
    mappings: warm.mappings,
  });
  expect(end.bpfObjects).toBe(0);
  expect(end.residentBytes - warm.residentBytes).toBeLessThan(16 << 20);
});
