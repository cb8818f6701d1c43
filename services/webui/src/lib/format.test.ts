import { describe, expect, it } from 'vitest';
import { formatCount, formatEndpoint, formatProtocol, formatRelative, formatSi } from './format.ts';

describe('formatSi', () => {
  it.each([
    [0, '0 pps'],
    [0.4, '0.4 pps'],
    [7, '7 pps'],
    [999, '999 pps'],
    [999.6, '1.00 kpps'],
    [1234, '1.23 kpps'],
    [99_960, '100 kpps'],
    [999_700, '1.00 Mpps'],
    [12_345_678, '12.3 Mpps'],
    [1.5e9, '1.50 Gpps'],
  ])('%d → %s', (value, expected) => {
    expect(formatSi(value, 'pps')).toBe(expected);
  });
});

describe('formatRelative', () => {
  const now = Date.parse('2026-01-01T12:00:00.000Z');
  it.each([
    ['2026-01-01T11:59:58.000Z', 'just now'],
    ['2026-01-01T11:59:30.000Z', '30 seconds ago'],
    ['2026-01-01T11:57:00.000Z', '3 minutes ago'],
    ['2026-01-01T14:00:00.000Z', 'in 2 hours'],
    ['2025-12-31T12:00:00.000Z', 'yesterday'],
    ['2025-11-01T12:00:00.000Z', '2 months ago'],
    ['2023-01-01T12:00:00.000Z', '3 years ago'],
  ])('%s → %s', (iso, expected) => {
    expect(formatRelative(iso, now)).toBe(expected);
  });
});

it('separates thousands', () => {
  expect(formatCount(12_345_678)).toBe('12,345,678');
});

it('brackets an IPv6 address only when a port follows', () => {
  expect(formatEndpoint('192.0.2.1', 53)).toBe('192.0.2.1:53');
  expect(formatEndpoint('2001:db8::1', 53)).toBe('[2001:db8::1]:53');
  expect(formatEndpoint('2001:db8::1', null)).toBe('2001:db8::1');
});

it('names protocols', () => {
  expect([1, 6, 17, 58, 47].map(formatProtocol)).toEqual(['ICMP', 'TCP', 'UDP', 'ICMPv6', 'IP 47']);
});
