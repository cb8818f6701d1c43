import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FrameRequest } from './frame-sender-process.ts';
import type { VethPair } from './veth.ts';

const PROCESS = new URL('./frame-sender-process.ts', import.meta.url).pathname;

/** Puts frames on the wire as they are, from the peer's namespace, whatever they are. */
export class FrameSender {
  readonly #child: ChildProcess;

  constructor(pair: VethPair) {
    const program = [process.execPath, PROCESS, pair.peer.interface, String(pair.queues)];
    this.#child = spawn('ip', ['netns', 'exec', pair.namespace, ...program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
  }

  /**
   * Sends each frame `times` times, round robin, by the queues in turn. Resolves when the last is on the wire.
   * @throws Error when the kernel refuses one
   */
  async send(frames: readonly Uint8Array[], times = 1): Promise<void> {
    const request: FrameRequest = { frames, times };
    const answer = once(this.#child, 'message');
    this.#child.send(request);
    const [problem] = (await answer) as [string | null];
    if (problem !== null) throw new Error(problem);
  }

  async close(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }
}
