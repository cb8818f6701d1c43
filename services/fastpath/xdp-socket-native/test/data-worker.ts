import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { UdpExchange } from '../src/udp-exchange.ts';

/* A data thread: echoes, or takes one burst and then ends in the way that it is told. */

export interface DataWorkerData {
  readonly handle: number;
  readonly ending: 'never' | 'terminate' | 'throw' | 'exit' | 'return' | 'in turn';
}

const { handle, ending } = workerData as DataWorkerData;
const exchange = UdpExchange.attach(handle);
parentPort?.postMessage('attached');

/** Replies to everything in hand. */
function answer(packets: number): void {
  for (let row = 0; row < packets; row++) exchange.replyLength[row] = exchange.length[row]!;
}

async function echo(): Promise<never> {
  for (;;) {
    const packets = exchange.turn(10);
    answer(packets);
    if (packets === 0) await setImmediate();
  }
}

/** Takes a burst, prepares replies that must never be sent, and says how many packets it has. */
async function holdOneBurst(): Promise<void> {
  let packets = 0;
  while (packets === 0) {
    packets = exchange.turn(100);
    await setImmediate();
  }
  answer(packets);
  parentPort?.postMessage(packets);
}

if (ending === 'never') await echo();
if (ending === 'in turn') {
  // The event loop is visited first, so that a wait without limit notices it.
  await setImmediate();
  for (;;) if (exchange.turn(-1) === 0) await setImmediate();
}
await holdOneBurst();
// What the parent says last must be on its way before the thread goes.
await setImmediate();
if (ending === 'terminate') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
if (ending === 'throw') throw new Error('on purpose');
if (ending === 'exit') process.exit(3);
