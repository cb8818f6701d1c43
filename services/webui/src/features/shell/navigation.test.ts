import { expect, it } from 'vitest';
import type { Permission } from '../../api/me.ts';
import { isWithin, NAVIGATION, visibleNavigation } from './navigation.ts';

it.each([
  ['/users', true],
  ['/users/7', true],
  ['/users/', true],
  ['/users-x', false],
  ['/user', false],
  ['/', false],
])('%s lies within /users: %s', (pathname, expected) => {
  expect(isWithin(pathname, '/users')).toBe(expected);
});

it('hides what the role may not see, and categories that are left empty', () => {
  const titles = (permissions: Permission[]) =>
    visibleNavigation(NAVIGATION, permissions).map(({ title }) => title);
  expect(titles(['rules:read', 'fastpath:read'])).toEqual(['Monitoring', 'Protection']);
  expect(titles(['rules:read', 'fastpath:read', 'users:read']).at(-1)).toBe('Administration');
  expect(titles([])).toEqual([]);
});
