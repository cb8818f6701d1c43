import {
  NO_REPLY as NATIVE_NO_REPLY,
  setThreadAffinity,
  threadAffinity,
  UdpExchange,
} from 'xdp-socket-native';
import { Burst } from '../../engine/burst.ts';
import type { JudgedEngine } from '../../engine/judged-engine.ts';
import { NO_REPLY, type PacketBatch } from '../../handlers/packet-handler.ts';
import type { WorkerPort } from '../port.ts';
import type { ServeMessage, ServeReply } from './afxdp-messages.ts';

if (NATIVE_NO_REPLY !== NO_REPLY)
  throw new Error('the addon and the packet handlers disagree about NO_REPLY');

// The first wait of a callback: the event loop has just been visited, so all that it waits for wakes this one too.
const IDLE_WAIT_MS = 10;
// Every other wait. A timer, or a socket that the handler has opened since, is late by this much at most while
// nothing comes. Not 1: at 1,000 packets/s every other wait would be over just before its packet.
const WAIT_MS = 2;
// A visit to the event loop costs about as much as a packet does, a look at the clock a tenth of that: while packets
// come there is a visit for every millisecond of work, found out after every so many turns.
const WORK_MS = 1;
const TURNS_PER_LOOK = 16;
// What is still in the ring when the worker stops: as many bursts of one packet as the largest ring holds.
const LAST_TURNS = 65_536;

/** One queue: received, checked and answered natively, a burst for each call. Nothing is done here for each packet. */
export class AfxdpWorkerPort implements WorkerPort {
  readonly #engine: JudgedEngine;
  #exchange: UdpExchange | null = null;
  #batch: { -readonly [Field in keyof PacketBatch]: PacketBatch[Field] } | null = null;
  #burst: Burst | null = null;
  #next: NodeJS.Immediate | undefined;

  constructor(engine: JudgedEngine) {
    this.#engine = engine;
  }

  async receive({ exchange: handle, cpus }: ServeMessage): Promise<ServeReply> {
    const problem = pin(cpus);
    const exchange = UdpExchange.attach(handle);
    const { memory, offset, length, capacity, replyLength, index, ipOffset, ipLength } = exchange;
    this.#exchange = exchange;
    this.#batch = { count: 0, memory, offset, length, capacity, replyLength, index };
    const columns = { offset, length, space: capacity, ipOffset, ipLength };
    this.#burst = new Burst(offset.length, memory, columns);
    this.#next = setImmediate(this.#work);
    return { cpus: threadAffinity(), problem };
  }

  async stop(): Promise<void> {
    clearImmediate(this.#next);
    const exchange = this.#exchange;
    this.#exchange = null;
    if (exchange === null) return;
    for (let turn = 0; turn < LAST_TURNS && this.#turn(exchange, 0); turn++);
    exchange.detach();
  }

  readonly #work = (): void => {
    const exchange = this.#exchange;
    if (exchange === null) return;
    const leaveAt = performance.now() + WORK_MS;
    let waitMs = IDLE_WAIT_MS;
    for (let turn = 1; this.#turn(exchange, waitMs); turn++) {
      if (turn % TURNS_PER_LOOK === 0 && performance.now() >= leaveAt) break;
      waitMs = WAIT_MS;
    }
    this.#next = setImmediate(this.#work);
  };

  /** @returns whether packets came; if not, the time was over or the event loop has something to do. */
  #turn(exchange: UdpExchange, waitMs: number): boolean {
    const count = exchange.turn(waitMs);
    if (count <= 0) return false;
    const batch = this.#batch!;
    batch.count = count;
    if (!this.#engine.handle(this.#burst!, batch)) exchange.fail();
    return true;
  }
}

function pin(cpus: readonly number[]): string | null {
  try {
    setThreadAffinity([...cpus]);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
