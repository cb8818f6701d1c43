import type { CompiledRules } from '../../../engine/compiled-rules.ts';
import { finish } from '../../../engine/testing/compile-now.ts';
import { GuardMap, type Scope } from '../guard-layout.ts';
import { KernelGuard } from '../kernel-guard.ts';
import { planImage, writeImage } from '../rule-image.ts';

export const DATA_PORT = 7000;
/** Actions of an XDP program (linux/bpf.h). */
export const Xdp = { aborted: 0, drop: 1, pass: 2, tx: 3, redirect: 4 } as const;

/** A guard that is never attached: frames come by `program.testRun`, from queue 0, where no socket is. */
export function openGuard(
  scope: Scope,
  options: { ruleSlots?: number; dataPort?: number; flowTableSize?: number; captureRingBytes?: number } = {},
): KernelGuard {
  const { ruleSlots = 64, dataPort = DATA_PORT, flowTableSize = 4096, ...rest } = options;
  return new KernelGuard({
    interface: 'lo',
    mode: 'auto',
    scope,
    ruleSlots,
    dataPort,
    flowTableSize,
    ...rest,
  });
}

/**
 * Rules without a swap: one image, written over while no packet is on its way. A thousand times as fast as
 * `KernelGuard.useRules`, which waits for grace periods.
 */
export class ReusedImage {
  readonly #memory: ArrayBuffer;
  readonly #chunks: number;

  constructor(guard: KernelGuard, chunks: number) {
    const image = guard.program.createInner(GuardMap.ruleImages, chunks);
    this.#memory = image.memory;
    this.#chunks = chunks;
    guard.program.setInner(GuardMap.ruleImages, 0, image);
  }

  use(rules: CompiledRules): void {
    const layout = planImage(rules);
    if (layout.chunks > this.#chunks) throw new RangeError(`the image takes ${layout.chunks} chunks`);
    finish(writeImage(rules, layout, this.#memory));
  }
}
