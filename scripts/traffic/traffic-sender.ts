import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from '../processes/patience.ts';
import { type FlowReport, FlowSocket } from './flow-socket.ts';
import { Schedule } from './schedule.ts';
import { isOwnAddress, parseTarget } from './target.ts';

/** UDP over IPv4 with a 20-byte header: the largest payload that every flow can carry. */
const MAX_PAYLOAD_BYTES = 65_507;
const MAX_RATE = 1_000_000;

export interface TrafficFlow {
  name: string;
  /** host:port or [address]:port. */
  target: string;
  /** Packets per second. */
  rate: number;
  /** UDP payload in bytes; 64 when left out. */
  size?: number;
  /** Ends after so many packets, or after so many seconds; runs until stop() when both are left out. */
  count?: number;
  durationS?: number;
  /** 0 or left out: any free port. */
  srcPort?: number;
  /** Any free port does when srcPort is taken. */
  srcPortOptional?: boolean;
}

export interface TrafficReport {
  /** Seconds from start to now, or to the end of sending. */
  elapsed_s: number;
  sent: number;
  received: number;
  bytes: number;
  flows: FlowReport[];
}

export interface TrafficSender extends AsyncDisposable {
  start(): void;
  /** Counters now. Each flow has its src_port from the beginning, before start(). */
  report(): TrafficReport;
  /** Resolves when every flow with a count or duration has ended and its replies have settled. */
  readonly done: Promise<TrafficReport>;
  /** Ends every flow, waits for the last replies (until `settleMs` of silence), closes the sockets. */
  stop(): Promise<TrafficReport>;
}

export interface TrafficOptions {
  flows: TrafficFlow[];
  /** Targets that are not this machine are refused unless this is set. */
  allowRemote?: boolean;
  /** How long the replies must be silent before a flow counts as settled; 500 ms when left out. */
  settleMs?: number;
}

/** Opens one UDP socket for each flow; rejects on a bad flow, a taken source port or a target that is not ours. */
export async function createTrafficSender(options: TrafficOptions): Promise<TrafficSender> {
  const { flows, allowRemote = false, settleMs = patient(500) } = options;
  const sockets: FlowSocket[] = [];
  try {
    for (const flow of flows) sockets.push(await openFlow(flow, allowRemote));
  } catch (error) {
    await Promise.all(sockets.map((socket) => socket.close()));
    throw error;
  }
  return new Sender(flows, sockets, settleMs);
}

async function openFlow(flow: TrafficFlow, allowRemote: boolean): Promise<FlowSocket> {
  const { name, rate, size = 64, srcPort = 0 } = flow;
  if (!(rate > 0 && rate <= MAX_RATE))
    throw new Error(`flow ${name}: rate must be above 0 and at most ${MAX_RATE}`);
  if (!(Number.isInteger(size) && size >= 0 && size <= MAX_PAYLOAD_BYTES)) {
    throw new Error(`flow ${name}: size must be 0 to ${MAX_PAYLOAD_BYTES} bytes`);
  }
  const target = await parseTarget(flow.target);
  if (!allowRemote && !isOwnAddress(target)) {
    throw new Error(
      `flow ${name}: ${flow.target} is not this machine. Pass --allow-remote if you may send there.`,
    );
  }
  try {
    return await FlowSocket.open(name, target, size, srcPort);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE') throw error;
    if (flow.srcPortOptional) return FlowSocket.open(name, target, size, 0);
    throw new Error(`flow ${name}: source port ${srcPort} is in use`, { cause: error });
  }
}

class Sender implements TrafficSender {
  readonly done: Promise<TrafficReport>;
  private readonly sockets: FlowSocket[];
  private readonly schedules: Schedule[];
  private readonly settleMs: number;
  private readonly finished = Promise.withResolvers<TrafficReport>();
  private startedMs: number | undefined;
  private endedMs: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(flows: TrafficFlow[], sockets: FlowSocket[], settleMs: number) {
    this.sockets = sockets;
    this.settleMs = settleMs;
    this.schedules = flows.map(({ rate, count = Infinity, durationS = Infinity }) => {
      return new Schedule(rate, Math.min(count, Math.round(rate * durationS)));
    });
    this.done = this.finished.promise;
  }

  start(): void {
    if (this.startedMs !== undefined) throw new Error('the traffic sender was started before');
    this.startedMs = performance.now();
    this.tick(this.startedMs);
  }

  report(): TrafficReport {
    const flows = this.sockets.map((socket) => ({ ...socket.report }));
    const sum = (key: 'sent' | 'received' | 'bytes') => flows.reduce((total, flow) => total + flow[key], 0);
    const now = this.endedMs ?? performance.now();
    const elapsed = this.startedMs === undefined ? 0 : now - this.startedMs;
    return {
      elapsed_s: Math.round(elapsed) / 1000,
      sent: sum('sent'),
      received: sum('received'),
      bytes: sum('bytes'),
      flows,
    };
  }

  stop(): Promise<TrafficReport> {
    void this.end();
    return this.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private tick(startedMs: number): void {
    const elapsed = performance.now() - startedMs;
    let next = Infinity;
    for (const [i, schedule] of this.schedules.entries()) {
      for (let n = schedule.take(elapsed); n > 0; n--) this.sockets[i]!.send();
      next = Math.min(next, schedule.nextDueMs());
    }
    if (next === Infinity) {
      void this.end();
      return;
    }
    // A timer never fires early enough to matter, and what is overdue waits at least 1 ms: the bound on bursts.
    this.timer = setTimeout(() => this.tick(startedMs), Math.max(1, next - (performance.now() - startedMs)));
  }

  private async end(): Promise<void> {
    if (this.endedMs !== undefined) return;
    clearTimeout(this.timer);
    const ended = performance.now();
    this.endedMs = ended;
    for (const socket of this.sockets) socket.lastReceivedMs = Math.max(socket.lastReceivedMs, ended);
    while (!this.sockets.every((socket) => socket.settled(performance.now(), this.settleMs))) await sleep(5);
    await Promise.all(this.sockets.map((socket) => socket.close()));
    this.finished.resolve(this.report());
  }
}
