import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { BufferPool } from '../src/buffer-pool.ts';
import { openXdpSocket } from '../src/open-xdp-socket.ts';
import { UdpExchange } from '../src/udp-exchange.ts';
import { XdpProgram } from '../src/xdp-program.ts';
import { BpfObjects, namedProgram } from './bpf-objects.ts';
import { u16 } from './default-program.ts';
import { residentBytes } from './veth.ts';

/* Opens and closes everything many times and says what is left. Arguments: an interface of 8 queues, how many times. */

interface Usage {
  readonly descriptors: number;
  readonly threads: number;
  /** Memory mappings of anything but plain memory: rings, maps, pools that are devices or sockets. */
  readonly mappings: number;
  readonly residentBytes: number;
}

export interface LeakReport {
  readonly warm: Usage;
  readonly end: Usage & { readonly bpfObjects: number };
}

const WARM_UP = 100;
const QUEUES = 8;
const name = `xn${process.pid}`;

const [interfaceName, times] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'open-close-'));
const file = namedProgram(folder, name);
const objects = new BpfObjects(folder, name);

async function cycle(round: number): Promise<void> {
  const queue = round % QUEUES;
  const program = new XdpProgram({ file, program: name, constants: { port: u16(7000) } });
  // Attaching takes the kernel some 50 ms, so not every time.
  if (round % 4 === 0) program.attach({ interface: interfaceName! });
  else program.load();
  const pool = new BufferPool({ slots: 256, slotSize: 2048, hugepages: 'off' });
  const options = { pool, interface: interfaceName!, queue, rxSize: 64, txSize: 64, fillSize: 64 };
  const socket = await openXdpSocket(options, { retryMs: 60_000 });
  program.setSocket(`${name}_map`, queue, socket);
  const exchange = new UdpExchange({ socket, mtu: 1500 });
  const attached = UdpExchange.attach(exchange.handle);
  const copy = BufferPool.fromHandle(pool.handle);
  copy.memory[0] = attached.memory.length + attached.offset.length + attached.turn(0);
  for (const resource of [copy, attached, exchange, socket, pool, program]) resource.close();
}

async function usage(): Promise<Usage> {
  globalThis.gc?.();
  // What ArrayBuffers held is given up by the event loop.
  await setImmediate();
  await setImmediate();
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    mappings: lines.filter((line) => /anon_inode|socket:|bpf/.test(line)).length,
    residentBytes: residentBytes(),
  };
}

async function run(from: number, to: number): Promise<Usage> {
  for (let round = from; round < to; round++) {
    await cycle(round);
    // Else the heap fills with small dead objects until V8 thinks it worth while, which would hide a leak.
    if (round % 25 === 0) await usage();
  }
  return usage();
}

const warm = await run(0, WARM_UP);
const end = await run(WARM_UP, Number(times));
const report: LeakReport = { warm, end: { ...end, bpfObjects: await objects.settle() } };
rmSync(folder, { recursive: true });
console.log(JSON.stringify(report));
