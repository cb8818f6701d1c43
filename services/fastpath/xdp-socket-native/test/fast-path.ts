import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { BufferPool } from '../src/buffer-pool.ts';
import { openXdpSocket } from '../src/open-xdp-socket.ts';
import { UdpExchange } from '../src/udp-exchange.ts';
import type { XdpProgram } from '../src/xdp-program.ts';
import type { XdpSocket } from '../src/xdp-socket.ts';
import type { DataWorkerData } from './data-worker.ts';
import { defaultProgram } from './default-program.ts';

/** What the control thread of an echo server has. */
export interface FastPath {
  readonly pool: BufferPool;
  readonly program: XdpProgram;
  readonly socket: XdpSocket;
  readonly exchange: UdpExchange;
}

export async function openFastPath(interfaceName: string, queue = 0): Promise<FastPath> {
  const program = defaultProgram();
  program.attach({ interface: interfaceName });
  const pool = new BufferPool({ slots: 4096, slotSize: 2048, hugepages: 'off' });
  const socket = await openXdpSocket({ pool, interface: interfaceName, queue }, { retryMs: 60_000 });
  program.setSocket('xsks', queue, socket);
  return { pool, program, socket, exchange: new UdpExchange({ socket, mtu: 1500 }) };
}

export function closeFastPath({ exchange, socket, program, pool }: FastPath): void {
  for (const resource of [exchange, socket, program, pool]) resource.close();
}

/** Resolves when the thread is attached. */
export async function startDataWorker(
  exchange: UdpExchange,
  ending: DataWorkerData['ending'] = 'never',
): Promise<Worker> {
  const workerData: DataWorkerData = { handle: exchange.handle, ending };
  const worker = new Worker(new URL('data-worker.ts', import.meta.url), { workerData });
  await once(worker, 'message');
  return worker;
}
