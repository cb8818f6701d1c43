import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/** Numbers in [0, 1) that are the same in every run with the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const pick = <T>(random: () => number, from: readonly T[]): T =>
  from[Math.floor(random() * from.length)]!;

/** Picks by weight: `[['viewer', 98], ['admin', 2]]`. */
export function pickWeighted<T>(random: () => number, choices: readonly (readonly [T, number])[]): T {
  let left = random() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [choice, weight] of choices) {
    left -= weight;
    if (left < 0) return choice;
  }
  return choices.at(-1)![0];
}

/** The UUIDv7 of this name at this time: made again and not remembered, where millions are referred to. */
export function stableId(name: string, ms: number): string {
  return uuidv7({ msecs: Math.floor(ms), random: createHash('md5').update(name).digest() });
}
