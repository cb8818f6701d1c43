import { expect, test } from 'vitest';
import { createSlotGauge, readSlotGauge, SlotPool } from './slot-pool.ts';

test('hands out each slot once, says when there is none, and shows its occupancy', () => {
  const gauge = createSlotGauge();
  const pool = new SlotPool(3, 64, gauge);
  const slots = [pool.take(), pool.take(), pool.take()];
  expect(slots.toSorted()).toEqual([0, 1, 2]);
  expect(pool.take()).toBe(-1);
  pool.give(slots[1]);
  expect(readSlotGauge(gauge)).toEqual({ slots: 3, used: 2, peak: 3 });
  expect(pool.take()).toBe(slots[1]); // the warm one first
});

test('refuses a double free and a foreign slot', () => {
  const pool = new SlotPool(2, 64, createSlotGauge());
  const slot = pool.take();
  pool.give(slot);
  expect(() => pool.give(slot)).toThrow(RangeError);
  expect(() => pool.give(99)).toThrow(RangeError);
});
