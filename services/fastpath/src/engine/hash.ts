import { randomFillSync } from 'node:crypto';
import { KEY_STRIDE } from './packet-key.ts';

/*
 * Who sends packets chooses the keys that we hash: a public hash with a secret seed would not do, since inputs that
 * collide under every seed can be computed. So every word meets two secret odd multipliers, with a rotation between
 * them that carries its high bits down; no difference of keys cancels without knowing them. The words do not wait
 * for each other, which is what makes it fast, and Murmur3's finalizer spreads the sum over all bits.
 */

/** One multiplier for all words, then one for each position. */
export type HashSecret = Uint32Array;

/** A new secret, on shared memory. */
export function createSecret(): HashSecret {
  const secret = randomFillSync(new Uint32Array(new SharedArrayBuffer(4 * (1 + KEY_STRIDE))));
  for (let i = 0; i < secret.length; i++) secret[i] |= 1;
  return secret;
}

/**
 * A signed 32-bit hash, never 0, of the first `words` (4 or more) words of the key at `at`, each AND its word of
 * the mask at `mask`.
 */
export function hashMasked(
  keys: Uint32Array,
  at: number,
  masks: Uint32Array,
  mask: number,
  words: number,
  secret: HashSecret,
  seed: number,
): number {
  const common = secret[0];
  let hash = (seed + scramble(keys[at] & masks[mask], common, secret[1])) | 0;
  hash = (hash + scramble(keys[at + 1] & masks[mask + 1], common, secret[2])) | 0;
  hash = (hash + scramble(keys[at + 2] & masks[mask + 2], common, secret[3])) | 0;
  hash = (hash + scramble(keys[at + 3] & masks[mask + 3], common, secret[4])) | 0;
  for (let i = 4; i < words; i++) {
    hash = (hash + scramble(keys[at + i] & masks[mask + i], common, secret[i + 1])) | 0;
  }
  return finalize(hash);
}

/** What one masked word adds to the sum. */
export function scramble(word: number, common: number, own: number): number {
  const product = Math.imul(word, common);
  return Math.imul((product << 15) | (product >>> 17), own);
}

/** Turns the sum into the hash. */
export function finalize(sum: number): number {
  let hash = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash === 0 ? 1 : hash;
}
