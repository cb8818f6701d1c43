import { expect, test } from 'vitest';
import { createBreaker } from './breaker.ts';

test('a breaker lets everybody through until a failure, then one after each rest, until one succeeds', () => {
  let now = 0;
  const breaker = createBreaker(1000, () => now);
  expect([breaker.permits(), breaker.permits(), breaker.open]).toEqual([true, true, false]);
  breaker.failed();
  expect([breaker.permits(), breaker.open]).toEqual([false, true]);
  now = 999;
  expect(breaker.permits()).toBe(false);
  now = 1000;
  expect([breaker.permits(), breaker.permits()]).toEqual([true, false]);
  now = 1500;
  breaker.failed();
  now = 2499;
  expect(breaker.permits()).toBe(false);
  now = 2500;
  expect(breaker.permits()).toBe(true);
  breaker.succeeded();
  expect([breaker.permits(), breaker.permits(), breaker.open]).toEqual([true, true, false]);
});

test('a breaker lets another one try when the one that tried was never heard of again', () => {
  let now = 0;
  const breaker = createBreaker(1000, () => now);
  breaker.failed();
  now = 1000;
  expect(breaker.permits()).toBe(true);
  now = 1999;
  expect(breaker.permits()).toBe(false);
  now = 2000;
  expect(breaker.permits()).toBe(true);
});
