import { expect, test } from 'vitest';
import { addressKey } from './address-key.ts';
import { chooseLanes } from './counter-lanes.ts';
import { RULE_COUNTERS_STRIDE, TOTAL_CELLS, TOTALS_STRIDE } from './guard-layout.ts';
import { KernelRuleCounters, readKernelTotals } from './kernel-counters.ts';

test('totals add up over all lanes', () => {
  const cells = new BigUint64Array(2 * TOTALS_STRIDE);
  cells[TOTAL_CELLS.indexOf('passed')] = 5n;
  cells[TOTALS_STRIDE + TOTAL_CELLS.indexOf('passed')] = 7n;
  cells[TOTALS_STRIDE + TOTAL_CELLS.indexOf('noSocket')] = 9n;
  expect(readKernelTotals(cells)).toMatchObject({ passed: 12, noSocket: 9, rule: 0 });
});

test('rule counters add up, clear one slot in every lane, and outlive the map', () => {
  const slots = 3;
  const cells = new BigUint64Array(2 * slots * RULE_COUNTERS_STRIDE);
  cells.forEach((_, i) => {
    cells[i] = BigInt(i);
  });
  const counters = new KernelRuleCounters(cells, slots);
  expect(counters.read(1)).toEqual({ packets: 3 + 12, bytes: 4 + 13, droppedPackets: 5 + 14 });
  counters.clear(1);
  expect(counters.read(1)).toEqual({ packets: 0, bytes: 0, droppedPackets: 0 });
  expect(counters.read(2)).toEqual({ packets: 6 + 15, bytes: 7 + 16, droppedPackets: 8 + 17 });
  counters.freeze();
  cells.fill(0n);
  expect(counters.read(2)).toEqual({ packets: 6 + 15, bytes: 7 + 16, droppedPackets: 8 + 17 });
});

test('a lane for every CPU that may be, until there are too many', () => {
  expect(chooseLanes('0-3\n')).toEqual({ lanes: 4, shared: false });
  expect(chooseLanes('0\n')).toEqual({ lanes: 1, shared: false });
  expect(chooseLanes('0-3,8-11\n')).toEqual({ lanes: 12, shared: false });
  expect(chooseLanes('0-127\n')).toEqual({ lanes: 16, shared: true });
  expect(() => chooseLanes('')).toThrow('/sys/devices/system/cpu/possible says ""');
});

test('addresses of both families have 16 bytes', () => {
  const hex = (text: string) => Buffer.from(addressKey(text)).toString('hex');
  expect(hex('192.0.2.1')).toBe('00000000000000000000ffffc0000201');
  expect(hex('2001:db8::1')).toBe('20010db8000000000000000000000001');
  expect(() => addressKey('eth0')).toThrow('"eth0" is no IP address');
});
