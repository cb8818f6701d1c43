import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isoTime } from './iso-time.ts';

const LAST = 8_640_000_000_000_000;

it('says what Date says, at any time', () => {
  fc.assert(
    fc.property(fc.integer({ min: -LAST, max: LAST }), (ms) => {
      expect(isoTime(ms)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 5000 },
  );
});

it.each([
  0,
  1,
  999,
  1000,
  59_999,
  86_399_999,
  86_400_000,
  -1,
  1_795_308_886_123,
  951_782_399_999,
  253_402_300_799_999,
  253_402_300_800_000,
  LAST,
  1.5,
])('says what Date says at %d', (ms) => {
  expect(isoTime(ms)).toBe(new Date(ms).toISOString());
});

it.each([Number.NaN, Number.POSITIVE_INFINITY, LAST + 1])('refuses %d', (ms) => {
  expect(() => isoTime(ms)).toThrow(RangeError);
});
