import { expect, it } from 'vitest';
import { safeReturnPath } from './return-path.ts';

it.each([
  ['/rules?q=dns#top', '/rules?q=dns#top'],
  ['/', '/'],
  [null, '/'],
  ['', '/'],
  ['rules', '/'],
  ['https://evil.example/', '/'],
  ['//evil.example/', '/'],
  ['/\\evil.example/', '/'],
  ['/\t/evil.example/', '/'],
  ['javascript:alert(1)', '/'],
  ['/login?next=/login', '/'],
  ['/..//evil.example', '/'],
])('%j → %s', (next, expected) => {
  expect(safeReturnPath(next)).toBe(expected);
});
