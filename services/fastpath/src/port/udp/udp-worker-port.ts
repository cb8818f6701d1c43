import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { parseAddress } from '../../engine/address.ts';
import { Burst, nowUs } from '../../engine/burst.ts';
import type { Engine } from '../../engine/engine.ts';
import { KEY_STRIDE, UDP, writeKeyAddresses, writeKeyHead } from '../../engine/packet-key.ts';
import { NO_REPLY } from '../../handlers/packet-handler.ts';
import type { WorkerPort } from '../port.ts';
import { type SlotGauge, SlotPool } from '../slot-pool.ts';
import type { LocalAddress } from './local-addresses.ts';
import type { BindMessage, BindReply } from './udp-messages.ts';

// The largest UDP payloads there are (without IPv6 jumbograms). A slot is a little larger than either, because a
// power of two would make neighbours share cache sets.
const MAX_PAYLOAD = { 4: 65_507, 6: 65_527 } as const;
const SLOT_SIZE = 65_600;
const UDP_HEADER = 8;
const IP_HEADER = { 4: 20, 6: 40 } as const;
const RECEIVE_BUFFER = 4 * 1024 * 1024;
const ADDRESS_CACHE = 4096;

export type UdpWorkerPortOptions = { readonly slots: number; readonly burst: number };
const DEFAULTS: UdpWorkerPortOptions = { slots: 512, burst: 64 };

type Endpoint = { readonly socket: Socket; readonly local: LocalAddress; readonly words: readonly number[] };

/** Plain sockets: one per local address, shared with the other workers by SO_REUSEPORT. */
export class UdpWorkerPort implements WorkerPort {
  readonly #engine: Engine;
  readonly #pool: SlotPool;
  readonly #burst: Burst;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #addressWords = new Map<string, readonly number[]>();

  // Of each slot: where its packet came from, and what to do when its reply is sent.
  readonly #views: Buffer[];
  readonly #whenSent: ((error: Error | null) => void)[];
  readonly #endpointOf: Endpoint[];
  readonly #peerAddress: string[];
  readonly #peerPort: Uint16Array;
  readonly #replyIpLength: Uint32Array;
  readonly #slotOfPacket: Int32Array;
  #port = 0;
  #scheduled = false;
  #stopped: Promise<void> | null = null;
  #whenIdle: (() => void) | null = null;

  constructor(engine: Engine, gauge: SlotGauge, options = DEFAULTS) {
    const { slots, burst } = options;
    this.#engine = engine;
    this.#pool = new SlotPool(slots, SLOT_SIZE, gauge);
    this.#burst = new Burst(burst, this.#pool.memory);
    const { buffer } = this.#pool.memory;
    this.#views = Array.from({ length: slots }, (_, slot) =>
      Buffer.from(buffer, slot * SLOT_SIZE, SLOT_SIZE),
    );
    this.#whenSent = Array.from({ length: slots }, (_, slot) => (error) => this.#onSent(slot, error));
    this.#endpointOf = new Array(slots);
    this.#peerAddress = new Array(slots).fill('');
    this.#peerPort = new Uint16Array(slots);
    this.#replyIpLength = new Uint32Array(slots);
    this.#slotOfPacket = new Int32Array(burst);
  }

  async receive(message: BindMessage): Promise<BindReply> {
    this.#port = message.port;
    for (const address of message.release) await this.#release(address);
    const failed: { address: string; code: string }[] = [];
    for (const local of message.bind) {
      const error = await this.#bind(local, message.shared);
      if (error !== null) failed.push({ address: local.address, code: error.code ?? error.message });
    }
    return { failed };
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#drain();
    return this.#stopped;
  }

  async #drain(): Promise<void> {
    this.#process();
    // The send callbacks of replies in hand free their slots; the sockets stay open until then.
    if (this.#pool.used > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    await Promise.all([...this.#endpoints.keys()].map((address) => this.#release(address)));
  }

  #bind(local: LocalAddress, shared: boolean): Promise<NodeJS.ErrnoException | null> {
    const { address, family } = local;
    const socket = createSocket({
      type: family === 4 ? 'udp4' : 'udp6',
      ipv6Only: family === 6,
      reusePort: shared,
      // Peers are numbers already; the default would take a turn through the resolver for each reply.
      lookup: (host, _options, callback) => callback(null, host, family),
    });
    const endpoint = { socket, local, words: wordsOf(address) };
    return new Promise((resolve) => {
      socket.once('error', (error) => {
        socket.close();
        resolve(error);
      });
      socket.bind({ address, port: this.#port, exclusive: true }, () => {
        socket.removeAllListeners('error');
        // An ICMP error on an earlier reply says nothing about the socket: it goes on receiving. Replies that
        // could not be sent are counted where they are sent.
        socket.on('error', () => {});
        enlargeReceiveBuffer(socket);
        socket.on('message', (payload, peer) => this.#onMessage(endpoint, payload, peer));
        this.#endpoints.set(address, endpoint);
        resolve(null);
      });
    });
  }

  async #release(address: string): Promise<void> {
    const endpoint = this.#endpoints.get(address);
    if (endpoint === undefined) return;
    this.#endpoints.delete(address);
    await new Promise<void>((resolve) => endpoint.socket.close(resolve));
  }

  #onMessage(endpoint: Endpoint, payload: Buffer, peer: RemoteInfo): void {
    const { family } = endpoint.local;
    const ipLength = payload.length + UDP_HEADER + IP_HEADER[family];
    const slot = this.#stopped === null && payload.length <= MAX_PAYLOAD[family] ? this.#pool.take() : -1;
    if (slot === -1) {
      this.#engine.refuse('no_slot', ipLength);
      return;
    }
    this.#pool.memory.set(payload, slot * SLOT_SIZE);
    this.#endpointOf[slot] = endpoint;
    this.#peerAddress[slot] = peer.address;
    this.#peerPort[slot] = peer.port;
    this.#append(slot, endpoint, payload.length, ipLength);
  }

  #append(slot: number, endpoint: Endpoint, length: number, ipLength: number): void {
    const burst = this.#burst;
    const index = burst.count++;
    const key = index * KEY_STRIDE;
    writeKeyHead(burst.keys, key, endpoint.local.family, UDP, this.#peerPort[slot], this.#port);
    writeKeyAddresses(burst.keys, key, this.#words(this.#peerAddress[slot]), endpoint.words);
    burst.offset[index] = slot * SLOT_SIZE;
    burst.length[index] = length;
    burst.space[index] = MAX_PAYLOAD[endpoint.local.family];
    burst.ipLength[index] = ipLength;
    this.#slotOfPacket[index] = slot;
    if (burst.count === burst.capacity) this.#process();
    else if (!this.#scheduled) {
      // Runs after all sockets of this turn were read: what has arrived by then is one burst.
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#process();
      });
    }
  }

  #process(): void {
    const burst = this.#burst;
    if (burst.count === 0) return;
    burst.timeUs = nowUs();
    const batch = this.#engine.process(burst);
    const received = burst.count;
    burst.count = 0;
    for (let i = 0; i < batch.count; i++) {
      if (batch.replyLength[i] === NO_REPLY) continue;
      const packet = batch.index[i];
      const slot = this.#slotOfPacket[packet];
      this.#slotOfPacket[packet] = -1;
      this.#send(slot, batch.replyLength[i]);
    }
    for (let packet = 0; packet < received; packet++) {
      if (this.#slotOfPacket[packet] !== -1) this.#pool.give(this.#slotOfPacket[packet]);
    }
  }

  #send(slot: number, length: number): void {
    const { socket, local } = this.#endpointOf[slot];
    this.#replyIpLength[slot] = length + UDP_HEADER + IP_HEADER[local.family];
    try {
      const view = this.#views[slot];
      socket.send(view, 0, length, this.#peerPort[slot], this.#peerAddress[slot], this.#whenSent[slot]);
    } catch (error) {
      // Source port 0, or the socket was released with its address: there is nobody to answer.
      this.#onSent(slot, error as Error);
    }
  }

  #onSent(slot: number, error: Error | null): void {
    if (error === null) this.#engine.sent(this.#replyIpLength[slot]);
    else this.#engine.drop('tx_error');
    this.#pool.give(slot);
    if (this.#pool.used === 0) this.#whenIdle?.();
  }

  // Clients send many packets each; their text addresses are parsed once.
  #words(address: string): readonly number[] {
    let words = this.#addressWords.get(address);
    if (words === undefined) {
      if (this.#addressWords.size >= ADDRESS_CACHE) this.#addressWords.clear();
      words = wordsOf(address);
      this.#addressWords.set(address, words);
    }
    return words;
  }
}

function wordsOf(address: string): readonly number[] {
  const parsed = parseAddress(address.split('%')[0]);
  if (parsed === null) throw new TypeError(`not an IP address: ${address}`);
  return parsed.words;
}

function enlargeReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    // Linux takes less than was asked for (net.core.rmem_max) without an error; elsewhere the default serves.
  }
}
