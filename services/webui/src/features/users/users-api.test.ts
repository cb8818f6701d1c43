import { expect, it } from 'vitest';
import { exportPath } from './users-api.ts';

it('exports what the list shows, as a whole', () => {
  const list = { q: 'a&b', sort: '-email', page: 7, filters: { role: 'viewer' } };
  expect(exportPath(list)).toBe('/users/export?q=a%26b&sort=-email&role=viewer');
  expect(exportPath({ q: '', sort: 'email', page: 1, filters: {} })).toBe('/users/export?sort=email');
});
