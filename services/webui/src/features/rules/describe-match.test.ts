import { describe, expect, it } from 'vitest';
import { describeLimit, describeMatch } from './describe-match.ts';

const any = {
  protocol: 'any' as const,
  src_cidr: null,
  dst_cidr: null,
  src_port_min: null,
  src_port_max: null,
  dst_port_min: null,
  dst_port_max: null,
};

describe('describeMatch', () => {
  it.each([
    [{}, 'Every packet'],
    [{ protocol: 'icmp' as const }, 'All ICMP'],
    [{ src_cidr: '192.0.2.0/24' }, 'Any protocol from 192.0.2.0/24'],
    [{ protocol: 'udp' as const, dst_port_min: 53, dst_port_max: 53 }, 'UDP to port 53'],
    [{ protocol: 'udp' as const, dst_port_min: 53 }, 'UDP to port 53'],
    [{ dst_port_min: 1000, dst_port_max: 2000 }, 'TCP or UDP to ports 1000–2000'],
    [
      { protocol: 'tcp' as const, src_cidr: '2001:db8::1/128', dst_cidr: '2001:db8::/32', dst_port_min: 443 },
      'TCP from 2001:db8::1 to 2001:db8::/32, port 443',
    ],
    [{ protocol: 'tcp' as const, src_cidr: '10.0.0.32/32', src_port_min: 0 }, 'TCP from 10.0.0.32, port 0'],
    [{ src_cidr: '0.0.0.0/0' }, 'Any protocol from 0.0.0.0/0'],
  ])('%o', (match, expected) => {
    expect(describeMatch({ ...any, ...match })).toBe(expected);
  });
});

describe('describeLimit', () => {
  it.each([
    [{ action: 'rate_limit' as const, rate_pps: 100, burst: null }, '100 pps, burst 5'],
    [{ action: 'rate_limit' as const, rate_pps: 1, burst: null }, '1 pps, burst 1'],
    [{ action: 'rate_limit' as const, rate_pps: 20_000, burst: 7 }, '20,000 pps, burst 7'],
    [{ action: 'drop' as const, rate_pps: null, burst: null }, null],
  ])('%o', (rule, expected) => {
    expect(describeLimit(rule)).toBe(expected);
  });
});
