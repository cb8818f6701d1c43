import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchInstance } from './watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('survives a client that was closed under it', () => {
  const watchStats = vi.fn(() => {
    throw new Error('Channel has been shut down');
  });
  const watch = watchInstance({ address: 'a:1', watchStats } as never, () => {});
  vi.advanceTimersByTime(10_000);
  expect(watchStats.mock.calls.length).toBeGreaterThan(5);
  expect(watch.now()).toEqual({ address: 'a:1', stats: null, error: 'Channel has been shut down' });
  watch.stop();
  expect(vi.getTimerCount()).toBe(0);
});
