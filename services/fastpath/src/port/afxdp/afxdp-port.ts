import type { Logger } from 'pino';
import type { Port, PortWorker } from '../port.ts';
import { hostPort, type LocalAddress } from '../udp/local-addresses.ts';
import type { ServeMessage, ServeReply } from './afxdp-messages.ts';
import type { KernelGuard } from './kernel-guard.ts';
import type { Lane } from './lane.ts';

const RESCAN_MS = 3_000;

export type AfxdpPortParts = {
  readonly reason: string;
  /** Attached. */
  readonly guard: KernelGuard;
  /** One for each worker, in order. */
  readonly lanes: readonly Lane[];
  readonly dataPort: number;
  /** Local addresses of the data plane, now. */
  readonly addresses: () => LocalAddress[];
};

/** The control half: owns program, sockets and buffers, so that a worker which dies loses no more than it had in hand. */
export class AfxdpPort implements Port {
  readonly mode = 'afxdp';
  readonly reason: string;
  readonly kernel: KernelGuard;
  readonly #parts: AfxdpPortParts;
  readonly #log: Logger;
  readonly #rescan: NodeJS.Timeout;
  #addresses: LocalAddress[];
  #closed = false;

  /** @param parts belong to the port from now on */
  constructor(parts: AfxdpPortParts, addresses: LocalAddress[], log: Logger) {
    this.reason = parts.reason;
    this.kernel = parts.guard;
    this.#parts = parts;
    this.#addresses = addresses;
    this.#log = log;
    this.#rescan = setInterval(() => this.#lookForAddresses(), RESCAN_MS);
  }

  get workers(): number {
    return this.#parts.lanes.length;
  }

  async attach(worker: PortWorker): Promise<void> {
    const lane = this.#parts.lanes[worker.index];
    const message: ServeMessage = { exchange: lane.handle, cpus: [lane.cpu] };
    const { cpus, problem } = (await worker.tell(message)) as ServeReply;
    lane.serve(worker);
    const fields = { worker: worker.index, queue: lane.queue, cpus };
    if (problem === null) this.#log.info(fields, 'worker serves its queue');
    else this.#log.warn({ ...fields, problem }, 'worker serves its queue, and is not pinned to its CPU');
  }

  addresses(): readonly string[] {
    return this.#addresses.map(({ address }) => hostPort(address, this.#parts.dataPort));
  }

  collect(): void {
    if (!this.#closed) for (const lane of this.#parts.lanes) lane.collect();
  }

  seal(): void {
    if (this.#closed) return;
    try {
      this.kernel.detach();
    } catch (error) {
      // The interface has gone, and the program with it.
      this.#log.warn({ err: error }, 'XDP program could not be detached');
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.seal();
    this.#closed = true;
    this.#addresses = [];
    clearInterval(this.#rescan);
    try {
      this.kernel.close();
    } finally {
      for (const lane of this.#parts.lanes) lane.close();
    }
  }

  #lookForAddresses(): void {
    const before = this.#addresses.length;
    try {
      this.#addresses = this.#parts.addresses();
      this.kernel.useAddresses(this.#addresses.map(({ address }) => address));
    } catch (error) {
      // The ones before stay in force; tried again soon.
      this.#log.warn({ err: error }, 'rescan of local addresses failed');
    }
    if (before > 0 && this.#addresses.length === 0) {
      this.#log.warn('the interface has no address any more: no packet is for the data plane');
    }
  }
}
