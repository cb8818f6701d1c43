import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createStatsHub } from './stats-hub.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('goes on for the others when one reader fails, and says so', () => {
  const log = pino({ level: 'silent' });
  const said = vi.spyOn(log, 'error');
  const hub = createStatsHub({ all: () => [] } as never, log);
  const [broken, sound] = [vi.fn(() => expect.fail('a strange figure')), vi.fn()];
  hub.subscribe(broken);
  hub.subscribe(sound);
  vi.advanceTimersByTime(2_000);
  hub.close();
  expect([broken, sound].map(({ mock }) => mock.calls.length)).toEqual([2, 2]);
  expect(said).toHaveBeenCalledTimes(2);
});
