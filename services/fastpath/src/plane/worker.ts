import { parentPort, workerData } from 'node:worker_threads';
import { CaptureTap } from '../engine/capture-tap.ts';
import type { PacketHandler } from '../handlers/packet-handler.ts';
import { createDataPath } from './data-path.ts';
import type { FromWorker, Request, WorkerInit } from './worker-messages.ts';

/* The entry of a data worker: its data path, and the answers to what the control thread asks. */

const TICK_MS = 1_000;

const control = parentPort!;
let lastReportMs = Number.NEGATIVE_INFINITY;
let unreported = 0;
const init = workerData as WorkerInit;
const { createPacketHandler } = (await import(init.handlerModule)) as {
  createPacketHandler: () => PacketHandler;
};

const { engine, flows, port, tick } = await createDataPath(init, {
  rules: init.rules,
  handler: createPacketHandler(),
  onHandlerError: reportHandlerError,
});
const taps = new Map<number, CaptureTap>();
for (const tap of init.taps) addTap(tap);
const ticker = setInterval(tick, TICK_MS);

// A handler that fails does so for each burst; one report a second tells as much.
function reportHandlerError(error: unknown): void {
  const nowMs = performance.now();
  if (nowMs - lastReportMs < TICK_MS) {
    unreported += 1;
    return;
  }
  lastReportMs = nowMs;
  send({ handlerError: error instanceof Error ? error : new Error(String(error)), more: unreported });
  unreported = 0;
}

function send(message: FromWorker): void {
  control.postMessage(message);
}

function addTap({ id, options }: WorkerInit['taps'][number]): undefined {
  const tap = new CaptureTap(options);
  taps.set(id, tap);
  engine.addTap(id, tap);
}

async function answer({ type, body }: Request): Promise<unknown> {
  switch (type) {
    case 'port':
      return port.receive(body);
    case 'rules':
      return engine.useRules(body);
    case 'flows':
      return flows(body.limit, body.order);
    case 'addTap':
      return addTap(body);
    case 'drainTap':
      return taps.get(body.id)?.drain() ?? [];
    case 'removeTap':
      taps.delete(body.id);
      return engine.removeTap(body.id);
    case 'ping':
      return undefined;
    case 'stop':
      clearInterval(ticker);
      return port.stop();
  }
}

control.on('message', (request: Request) => {
  answer(request).then(
    (value) => send({ id: request.id, value }),
    (error) => send({ id: request.id, error }),
  );
});
