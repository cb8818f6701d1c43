import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Sender } from '../port/port-contract.ts';
import type { PeerReply, PeerRequest } from './peer-sender-process.ts';
import type { VethPair } from './veth.ts';

const PROCESS = new URL('./peer-sender-process.ts', import.meta.url).pathname;

type Opened = { received: Uint8Array[]; onPort: (port: number) => void };

/** UDP sockets in the peer's namespace, held by one process there. */
export class PeerSenders {
  readonly #pair: VethPair;
  readonly #child: ChildProcess;
  readonly #sockets = new Map<number, Opened>();
  readonly #pending = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #nextId = 1;

  constructor(pair: VethPair) {
    this.#pair = pair;
    const command = ['netns', 'exec', pair.namespace, process.execPath, PROCESS];
    const stdio: ['ignore', 'inherit', 'inherit', 'ipc'] = ['ignore', 'inherit', 'inherit', 'ipc'];
    this.#child = spawn('ip', command, { stdio, serialization: 'advanced' });
    this.#child.on('message', (reply: PeerReply) => this.#onReply(reply));
  }

  /** A socket with a port of its own that talks to one port of our end, by the first addresses of both if not told. */
  async open(
    family: 4 | 6,
    port: number,
    addresses?: { readonly from: string; readonly to: string },
  ): Promise<Sender> {
    const { here, peer } = this.#pair;
    const socket = this.#nextId++;
    const received: Uint8Array[] = [];
    const bound = new Promise<number>((onPort) => this.#sockets.set(socket, { received, onPort }));
    const ownAddresses =
      family === 4 ? { from: peer.ipv4, to: here.ipv4 } : { from: peer.ipv6, to: here.ipv6 };
    const { from, to } = addresses ?? ownAddresses;
    this.#send({ type: 'open', socket, family, from, to, port });
    return {
      port: await bound,
      received,
      send: (payload) =>
        new Promise((resolve, reject) => {
          const id = this.#nextId++;
          this.#pending.set(id, { resolve, reject });
          this.#send({ type: 'send', id, socket, payload });
        }),
      close: async () => this.#send({ type: 'close', socket }),
    };
  }

  async close(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }

  #send(request: PeerRequest): void {
    this.#child.send(request);
  }

  #onReply(reply: PeerReply): void {
    if (reply.type === 'received') {
      this.#sockets.get(reply.socket)?.received.push(reply.payload);
    } else if (reply.type === 'opened') {
      this.#sockets.get(reply.socket)?.onPort(reply.port);
    } else {
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (reply.error === null) pending?.resolve();
      else pending?.reject(new Error(reply.error));
    }
  }
}
