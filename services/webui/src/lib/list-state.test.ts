import { describe, expect, it } from 'vitest';
import { parseListState, toggleSort, withListState } from './list-state.ts';

const shape = {
  sorts: ['priority', 'name'],
  defaultSort: 'priority',
  filters: { action: ['allow', 'drop'] },
};
const parse = (query: string) => parseListState(new URLSearchParams(query), shape);
const change = (query: string, by: Parameters<typeof withListState>[2]) =>
  withListState(new URLSearchParams(query), shape, by).toString();

describe('parseListState', () => {
  it('reads what is valid', () => {
    expect(parse('q=dns&sort=-name&page=3&action=drop')).toEqual({
      q: 'dns',
      sort: '-name',
      page: 3,
      filters: { action: 'drop' },
    });
  });

  it.each(['', 'page=0', 'page=-1', 'page=1.5', 'page=x', 'sort=password', 'sort=--name', 'action=explode'])(
    'falls back on defaults for %j',
    (query) => {
      expect(parse(query)).toEqual({ q: '', sort: 'priority', page: 1, filters: {} });
    },
  );
});

describe('withListState', () => {
  it('returns to page 1 when anything else changes', () => {
    expect(change('page=4&q=a', { q: 'b' })).toBe('q=b');
    expect(change('page=4', { sort: '-name' })).toBe('sort=-name');
    expect(change('page=4', { filters: { action: 'drop' } })).toBe('action=drop');
  });

  it('keeps the rest, leaves defaults out and what is not its own alone', () => {
    expect(change('q=a&sort=name&other=1', { page: 2 })).toBe('q=a&sort=name&other=1&page=2');
    expect(change('q=a&action=drop&page=2', { q: '', filters: { action: '' } })).toBe('');
    expect(change('sort=name', { sort: 'priority' })).toBe('');
  });
});

it('turns a sort round', () => {
  expect(toggleSort('priority', 'name')).toBe('name');
  expect(toggleSort('name', 'name')).toBe('-name');
  expect(toggleSort('-name', 'name')).toBe('name');
});
