import { setImmediate as nextTurn } from 'node:timers/promises';
import type { InnerMap, XdpProgram } from 'xdp-socket-native';
import type { CompiledRules } from '../../engine/compiled-rules.ts';
import { inSlices } from '../../engine/in-slices.ts';
import { Control, GuardMap } from './guard-layout.ts';
import { planImage, writeImage } from './rule-image.ts';

interface Slot {
  readonly image: InnerMap;
  readonly chunks: number;
}

/** Room for a set that grows a little from generation to generation. */
const withHeadroom = (chunks: number): number => Math.ceil(1.25 * chunks) + 16;
/** An image that is much too large is not worth keeping. */
const fits = (slot: Slot | null, chunks: number): slot is Slot =>
  slot !== null && chunks <= slot.chunks && slot.chunks <= 4 * withHeadroom(chunks);

/**
 * The two places for rules in the program. One is in force; the other, which no packet reads, is written and then
 * put in force by one word. A map update returns when no packet is on its way that has seen the maps as they were
 * (an RCU grace period: some milliseconds, in which the event loop stands still).
 */
export class RuleImages {
  readonly #program: XdpProgram;
  readonly #control: Uint32Array;
  readonly #slots: (Slot | null)[] = [null, null];

  /** @param control words of the map `control` */
  constructor(program: XdpProgram, control: Uint32Array) {
    this.#program = program;
    this.#control = control;
  }

  /**
   * Puts these rules in force; resolves when no packet is judged by the ones before any more. When it rejects, those
   * stay in force. One call at a time.
   */
  async use(rules: CompiledRules): Promise<void> {
    const current = this.#control[Control.active];
    const next = 1 - current;
    const { image } = await this.#write(rules, next);
    try {
      Atomics.store(this.#control, Control.active, next);
      // What is there once more: for the wait.
      this.#program.setInner(GuardMap.ruleImages, next, image);
    } catch (error) {
      Atomics.store(this.#control, Control.active, current);
      // Packets may be reading it.
      this.#replace(next, null);
      throw error;
    }
    await nextTurn();
  }

  close(): void {
    for (const slot of this.#slots) slot?.image.close();
  }

  async #write(rules: CompiledRules, place: number): Promise<Slot> {
    const layout = planImage(rules);
    const spare = this.#slots[place];
    if (fits(spare, layout.chunks)) {
      await inSlices(writeImage(rules, layout, spare.image.memory));
      return spare;
    }
    const chunks = withHeadroom(layout.chunks);
    const fresh = { image: this.#program.createInner(GuardMap.ruleImages, chunks), chunks };
    try {
      await inSlices(writeImage(rules, layout, fresh.image.memory));
      this.#program.setInner(GuardMap.ruleImages, place, fresh.image);
    } catch (error) {
      fresh.image.close();
      throw error;
    }
    this.#replace(place, fresh);
    await nextTurn();
    return fresh;
  }

  /** The program keeps the image that it has in a place; this is about our hold on it. */
  #replace(place: number, slot: Slot | null): void {
    this.#slots[place]?.image.close();
    this.#slots[place] = slot;
  }
}
