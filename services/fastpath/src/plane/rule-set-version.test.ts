import { expect, test } from 'vitest';
import { isNewer, NO_RULES } from './rule-set-version.ts';

const at = (source_id: string, revision: number) => ({ source_id, revision });

test.each([
  ['the first set', at('a', 0), NO_RULES, true],
  ['a later revision', at('a', 3), at('a', 2), true],
  ['the same revision', at('a', 2), at('a', 2), false],
  ['another source, whatever its revision', at('b', 1), at('a', 9), true],
])('%s', (_what, next, current, newer) => {
  expect(isNewer(next, current)).toBe(newer);
});

test('refuses an older revision of the same source', () => {
  expect(() => isNewer(at('a', 1), at('a', 2))).toThrow(expect.objectContaining({ code: 'rules_outdated' }));
});
