import type { Logger } from 'pino';
import { dropCell } from '../../engine/counters.ts';
import { AppError } from '../../errors.ts';
import type { Port, PortWorker } from '../port.ts';
import { claimDataPort } from './claim-port.ts';
import { hostPort, type LocalAddress, localAddresses } from './local-addresses.ts';
import { ownSocketInodes, udpSocketsOn } from './proc-net-udp.ts';
import type { BindMessage, BindReply } from './udp-messages.ts';

const RESCAN_MS = 3_000;
// What the kernel counted goes with the socket when a worker dies: no more than this much of it is lost.
const COLLECT_MS = 500;
const SOCKET_BUFFER = dropCell('socket_buffer');

type Attached = { readonly worker: PortWorker; readonly bound: Set<string>; failed: BindReply['failed'] };
type OwnSocket = { readonly counters: Float64Array; drops: number };

export type UdpPortOptions = {
  readonly dataPort: number;
  readonly dataHosts: readonly string[];
  readonly workers: number;
  readonly rescanMs?: number;
  /** Where the addresses to bind come from; the machine's own by default. */
  readonly addresses?: (hosts: readonly string[]) => LocalAddress[];
};

/** The control half: which addresses are bound, and what the kernel dropped at their sockets. */
export class UdpPort implements Port {
  readonly mode = 'udp';
  readonly kernel = null;
  readonly reason: string;
  readonly #options: Required<UdpPortOptions>;
  readonly #log: Logger;
  readonly #attached = new Map<number, Attached>();
  readonly #sockets = new Map<number, OwnSocket>();
  #port: number;
  #wanted: LocalAddress[] = [];
  #timers: NodeJS.Timeout[] = [];
  #closed = false;
  // Binding is done for one worker after the other: a socket that is new afterwards belongs to that worker.
  #binding: Promise<void> = Promise.resolve();

  constructor(options: UdpPortOptions, reason: string, log: Logger) {
    this.reason = reason;
    this.#options = { rescanMs: RESCAN_MS, addresses: localAddresses, ...options };
    this.#port = options.dataPort;
    this.#log = log;
  }

  get workers(): number {
    return this.#options.workers;
  }

  /**
   * Claims the port, before any worker exists.
   * @throws AppError `port_in_use` or `start_failed` that names the variable to change.
   */
  async open(): Promise<this> {
    this.#wanted = this.#options.addresses(this.#options.dataHosts);
    this.#port = await claimDataPort(this.#options, this.#wanted);
    this.#timers = [
      setInterval(() => this.#rescan(), this.#options.rescanMs),
      setInterval(() => this.collect(), COLLECT_MS),
    ];
    return this;
  }

  async attach(worker: PortWorker): Promise<void> {
    const attached: Attached = { worker, bound: new Set(), failed: [] };
    this.#attached.set(worker.index, attached);
    await this.#enqueue(() => this.#bind(worker.index));
    if (attached.bound.size === 0) {
      const why =
        attached.failed.map(({ address, code }) => `${address}: ${code}`).join(', ') || 'there is none';
      // ENOTSUP: a platform whose sockets cannot be shared.
      throw new AppError(
        'start_failed',
        `no local address could be bound to UDP port ${this.#port} (${why}); change DATA_HOST or DATA_PORT, or set DATA_WORKERS=1`,
      );
    }
  }

  addresses(): readonly string[] {
    const bound = new Set([...this.#attached.values()].flatMap((attached) => [...attached.bound]));
    return this.#wanted
      .filter(({ address }) => bound.has(address))
      .map(({ address }) => hostPort(address, this.#port));
  }

  collect(): void {
    for (const row of udpSocketsOn(this.#port)) {
      const socket = this.#sockets.get(row.inode);
      if (socket === undefined || row.drops === socket.drops) continue;
      socket.counters[SOCKET_BUFFER] += row.drops - socket.drops;
      socket.drops = row.drops;
    }
  }

  seal(): void {} // the sockets are the workers', who close them when they have nothing in hand

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#binding;
    this.#attached.clear();
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    const done = this.#binding.then(task);
    this.#binding = done.catch(() => {}); // reported to whoever awaits `done`; the queue goes on
    return done;
  }

  #rescan(): void {
    this.#wanted = this.#options.addresses(this.#options.dataHosts);
    for (const index of this.#attached.keys()) {
      this.#enqueue(() => this.#bind(index)).catch((error) =>
        this.#log.warn({ err: error, worker: index }, 'rescan of local addresses was not answered'),
      );
    }
  }

  async #bind(index: number): Promise<void> {
    const attached = this.#attached.get(index);
    if (attached === undefined || this.#closed) return;
    const { worker, bound } = attached;
    const wanted = new Set(this.#wanted.map(({ address }) => address));
    const message: BindMessage = {
      port: this.#port,
      shared: this.#options.workers > 1,
      bind: this.#wanted.filter(({ address }) => !bound.has(address)),
      release: [...bound].filter((address) => !wanted.has(address)),
    };
    if (message.bind.length === 0 && message.release.length === 0) return;
    this.collect(); // the counter of a socket goes with the socket
    const { failed } = (await worker.tell(message)) as BindReply;
    attached.failed = failed;
    const failures = new Set(failed.map(({ address }) => address));
    for (const address of message.release) bound.delete(address);
    for (const { address } of message.bind) if (!failures.has(address)) bound.add(address);
    this.#own(worker);
    if (failed.length > 0)
      this.#log.warn({ worker: index, failed }, 'local addresses not bound; trying again');
  }

  #own(worker: PortWorker): void {
    const rows = udpSocketsOn(this.#port);
    const own = ownSocketInodes();
    for (const { inode } of rows) {
      if (own.has(inode) && !this.#sockets.has(inode)) {
        // From 0: what was dropped since the bind counts.
        this.#sockets.set(inode, { counters: worker.counters, drops: 0 });
      }
    }
    const alive = new Set(rows.map(({ inode }) => inode));
    for (const inode of this.#sockets.keys()) if (!alive.has(inode)) this.#sockets.delete(inode);
    // Two instances that start at the same moment both find the port free; each sees the other here.
    const ours = new Set(rows.filter(({ inode }) => own.has(inode)).map(({ local }) => local));
    if (rows.some(({ inode, local }) => ours.has(local) && !own.has(inode))) {
      throw new AppError(
        'port_in_use',
        `UDP port ${this.#port} is shared with another process; change DATA_PORT`,
      );
    }
  }
}
