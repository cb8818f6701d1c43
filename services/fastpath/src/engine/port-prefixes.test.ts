import fc from 'fast-check';
import { expect, test } from 'vitest';
import { portPrefixes } from './port-prefixes.ts';

test('ranges become the fewest prefixes', () => {
  expect(portPrefixes({ min: 0, max: 65_535 })).toEqual([{ value: 0, length: 0 }]);
  expect(portPrefixes({ min: 80, max: 80 })).toEqual([{ value: 80, length: 16 }]);
  expect(portPrefixes({ min: 1024, max: 65_535 })).toHaveLength(6);
  expect(portPrefixes({ min: 1, max: 65_534 })).toHaveLength(30);
});

test('prefixes cover exactly the range', () => {
  const port = fc.integer({ min: 0, max: 65_535 });
  fc.assert(
    fc.property(port, port, (a, b) => {
      const range = { min: Math.min(a, b), max: Math.max(a, b) };
      let next = range.min;
      for (const { value, length } of portPrefixes(range)) {
        const size = 2 ** (16 - length);
        expect(value).toBe(next);
        expect(value % size).toBe(0);
        next += size;
      }
      expect(next).toBe(range.max + 1);
    }),
  );
});
