import { setTimeout as sleep } from 'node:timers/promises';
import type { CapturedPacket, CaptureTapOptions } from '../engine/capture-tap.ts';
import { AppError } from '../errors.ts';
import type { DataPlane } from './data-plane.ts';
import { KernelTaps } from './kernel-taps.ts';
import { type SupervisedWorker, WorkerGone } from './supervised-worker.ts';

const MAX_CAPTURES = 4;
const RING_PACKETS = 4_096;
const RING_BYTES = 4 * 1024 * 1024;
const POLL_MS = 20;

export type CaptureOptions = Pick<CaptureTapOptions, 'filter' | 'snapLength'> & {
  readonly maxPackets: number;
  readonly maxDurationMs: number;
};

export type Captured = CapturedPacket & { readonly worker: number; readonly lostPackets: number };

/**
 * Captures in progress. Each worker, and the kernel where it enforces the rules, keeps a ring of bounded size for each;
 * packets that find it full, because the reader is slow, are counted as lost. Memory: MAX_CAPTURES x (workers + 1) x
 * (RING_BYTES in the ring + as much being read).
 */
export class Captures {
  readonly #plane: DataPlane;
  readonly #kernelTaps: KernelTaps | null;
  #nextId = 1;

  constructor(plane: DataPlane) {
    this.#plane = plane;
    this.#kernelTaps = plane.port.kernel && new KernelTaps(plane.port.kernel);
  }

  get active(): number {
    return this.#plane.taps.size;
  }

  /**
   * Starts a capture: every packet from now on is seen. Close it, read or not.
   * @throws AppError `too_many_captures`
   */
  async open(options: CaptureOptions): Promise<Capture> {
    const { taps, workers } = this.#plane;
    if (taps.size >= MAX_CAPTURES) {
      throw new AppError(
        'too_many_captures',
        `${MAX_CAPTURES} captures are running; try again when one has ended`,
      );
    }
    const { filter, snapLength } = options;
    const rings = { ringPackets: RING_PACKETS, ringBytes: RING_BYTES };
    const tap = { id: this.#nextId++, options: { filter, snapLength, ...rings } };
    taps.set(tap.id, tap);
    const capture = new Capture(this.#plane, this.#kernelTaps, tap.id, options);
    try {
      await onEach(workers, (thread) => thread.request('addTap', tap));
      this.#kernelTaps?.add(tap);
    } catch (error) {
      await capture.close(); // nobody else will: its place would be taken for ever
      throw error;
    }
    return capture;
  }
}

class Capture {
  readonly #plane: DataPlane;
  readonly #kernelTaps: KernelTaps | null;
  readonly #id: number;
  readonly #options: CaptureOptions;
  readonly #lost = new Map<number, number>();

  constructor(plane: DataPlane, kernelTaps: KernelTaps | null, id: number, options: CaptureOptions) {
    this.#plane = plane;
    this.#kernelTaps = kernelTaps;
    this.#id = id;
    this.#options = options;
  }

  /**
   * Packets until a limit is reached or `signal` aborts. The generator is pulled: while its consumer waits, packets
   * stay (or are lost, and counted) in the rings.
   */
  async *packets(signal: AbortSignal): AsyncGenerator<Captured> {
    const endsAt = performance.now() + this.#options.maxDurationMs;
    let left = this.#options.maxPackets;
    while (!signal.aborted) {
      const lastRound = performance.now() >= endsAt;
      const batch = await this.#drain();
      for (const packet of batch) {
        yield { ...packet, lostPackets: this.#countLost(packet) };
        if (--left === 0 || signal.aborted) return;
      }
      if (lastRound) return;
      if (batch.length === 0) {
        const pause = Math.max(0, Math.min(POLL_MS, endsAt - performance.now()));
        await sleep(pause, undefined, { signal }).catch(() => {}); // aborted: the loop ends
      }
    }
  }

  /** Packets cost nothing again. Idempotent. */
  async close(): Promise<void> {
    const { taps, workers } = this.#plane;
    if (!taps.delete(this.#id)) return;
    this.#kernelTaps?.remove(this.#id);
    await onEach(workers, (thread) => thread.request('removeTap', { id: this.#id }));
  }

  async #drain(): Promise<(CapturedPacket & { worker: number })[]> {
    const batches = await onEach(this.#plane.workers, async (thread) =>
      (await thread.request('drainTap', { id: this.#id })).map((packet) => ({
        ...packet,
        worker: thread.index,
      })),
    );
    const droppedInKernel = this.#kernelTaps?.drain(this.#id) ?? [];
    batches.push(droppedInKernel.map((packet) => ({ ...packet, worker: this.#plane.workers.length })));
    return batches.flat().sort((a, b) => a.timeUs - b.timeUs);
  }

  // Each worker, and the kernel, counts its own; a worker that was replaced counts from zero again.
  #countLost({ worker, lost }: { worker: number; lost: number }): number {
    this.#lost.set(worker, Math.max(lost, this.#lost.get(worker) ?? 0));
    return [...this.#lost.values()].reduce((sum, count) => sum + count, 0);
  }
}

// A worker that is being replaced has nothing to say now; its successor starts with the taps in progress.
async function onEach<Result>(
  workers: DataPlane['workers'],
  ask: (thread: SupervisedWorker) => Promise<Result>,
): Promise<Result[]> {
  const answers = await Promise.all(
    workers.map(({ thread }) =>
      ask(thread).catch((error) => {
        if (error instanceof WorkerGone) return null;
        throw error;
      }),
    ),
  );
  return answers.filter((answer) => answer !== null);
}
