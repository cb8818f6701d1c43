import { expect, test } from 'vitest';
import { Schedule } from './schedule.ts';

test('releases packet n at n / rate seconds, however often it is asked', () => {
  const schedule = new Schedule(1000, Infinity);
  const sentBy: number[] = [];
  let sent = 0;
  for (let ms = 0; ms <= 100; ms++) {
    sent += schedule.take(ms);
    sentBy.push(sent);
  }
  expect(sentBy).toEqual(Array.from({ length: 101 }, (_, ms) => ms + 1));
});

test('does not drift on rates that do not divide a second', () => {
  const schedule = new Schedule(333, Infinity);
  let sent = 0;
  for (let ms = 0; ms < 10_000; ms += 3) sent += schedule.take(ms);
  expect(sent).toBe(3330);
});

test('catches a stall up in bounded bursts, and loses nothing', () => {
  const schedule = new Schedule(10_000, Infinity);
  schedule.take(0);
  const bursts = Array.from({ length: 300 }, (_, ms) => schedule.take(500 + ms));
  expect(Math.max(...bursts)).toBe(40);
  expect(bursts.reduce((a, b) => a + b, 1)).toBe(799 * 10 + 1);
});

test('ends at its limit', () => {
  const schedule = new Schedule(100, 3);
  expect([0, 10, 20, 30, 40].map((ms) => schedule.take(ms))).toEqual([1, 1, 1, 0, 0]);
  expect(schedule.nextDueMs()).toBe(Infinity);
});
