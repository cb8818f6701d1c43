import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import type { SendOrder } from './udp-peer-process.ts';

const PROCESS = fileURLToPath(new URL('udp-peer-process.ts', import.meta.url));

/** A plain UDP socket in the namespace at the other end of a veth pair. */
export class UdpPeer {
  /** Payloads that came, in order of arrival; a byte is a character. */
  readonly received: string[] = [];
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  static async start(namespace: string, family: 4 | 6 = 4): Promise<UdpPeer> {
    const args = ['netns', 'exec', namespace, process.execPath, PROCESS, String(family)];
    const peer = new UdpPeer(spawn('ip', args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] }));
    await once(peer.#process, 'message');
    peer.#process.on('message', (payload: string) => peer.received.push(payload));
    return peer;
  }

  send(address: string, port: number, payloads: readonly string[]): void {
    const order: SendOrder = { address, port, payloads };
    this.#process.send(order);
  }

  /** Resolves when `count` payloads have come in all. */
  async until(count: number): Promise<void> {
    await vi.waitUntil(() => this.received.length >= count, { timeout: 120_000, interval: 5 });
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }
}
