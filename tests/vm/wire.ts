// The two ends of the wire, and the commands that say what is on it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Received, Sending } from './peer-messages.ts';

/** Their addresses: scripts/vm/guest-network.sh. */
const CARD = '52:54:00:00:00:01';
const PEER = '52:54:00:00:00:02';

const IN_NAMESPACE = ['netns', 'exec', 'peer'];

/** A command's output. Throws with what it said. */
export function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function inPeer(command: string, ...args: string[]): string {
  return run('ip', ...IN_NAMESPACE, command, ...args);
}

/** Starts the process at the other end of the wire. */
export async function startPeer(): Promise<Peer> {
  const script = fileURLToPath(new URL('peer.ts', import.meta.url));
  const child = spawn('ip', [...IN_NAMESPACE, process.execPath, script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return new Peer(child);
}

export class Peer {
  readonly #child: ChildProcess;
  readonly #ended: Promise<{ error: string }>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'exit').then(([code]) => ({ error: `the peer ended (${code})` }));
  }

  /** Sends, and waits until nothing comes back any more. */
  async exchange(sending: Sending): Promise<Received> {
    const answered = once(this.#child, 'message').then(
      ([message]) => message as Received | { error: string },
    );
    this.#child.send(sending);
    const answer = await Promise.race([answered, this.#ended]);
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  }

  close(): void {
    this.#child.disconnect();
  }
}

export interface NetemCounts {
  /** Frames that it put on the wire, duplicates included. */
  sent: number;
  /** Frames that it lost. */
  lost: number;
}

/** Makes the wire towards the card lose, double and reorder frames, and nothing but the tests speak on it. */
export function disturbWire(): void {
  // Else an end asks from time to time whether the other is still there, and a frame more is on the wire than was counted.
  forNeighbours('replace', 'nud', 'permanent');
  // The delay is longer than a slow machine takes from one frame to the next, else none could overtake another.
  const faults = 'delay 100ms 50ms loss 10% duplicate 5% reorder 25% 50%'.split(' ');
  inPeer('tc', 'qdisc', 'replace', 'dev', 'peer', 'root', 'netem', ...faults);
}

export function calmWire(): void {
  inPeer('tc', 'qdisc', 'del', 'dev', 'peer', 'root');
  forNeighbours('del');
}

/** What each end knows of the other. */
function forNeighbours(action: 'replace' | 'del', ...state: string[]): void {
  const address = (mac: string) => (action === 'replace' ? ['lladdr', mac] : []);
  for (const ip of ['10.99.0.1', 'fd99::1'])
    run('ip', '-n', 'peer', 'neigh', action, ip, ...address(CARD), 'dev', 'peer', ...state);
  for (const ip of ['10.99.0.2', 'fd99::2'])
    run('ip', 'neigh', action, ip, ...address(PEER), 'dev', 'card', ...state);
}

export function netemCounts(): NetemCounts {
  const [netem] = JSON.parse(inPeer('tc', '-s', '-j', 'qdisc', 'show', 'dev', 'peer')) as [
    { packets: number; drops: number },
  ];
  return { sent: netem.packets, lost: netem.drops };
}
