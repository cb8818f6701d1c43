import { describe, expect, it } from 'vitest';
import { fieldOf, NEW_RULE, RuleValues, toInput, toValues } from './rule-values.ts';

const values = (change: Partial<RuleValues>): RuleValues => ({ ...NEW_RULE, name: 'r', ...change });

function complaints(change: Partial<RuleValues>): string[] {
  const result = RuleValues.safeParse(values(change));
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join('.'));
}

describe('RuleValues', () => {
  it.each<[Partial<RuleValues>, string[]]>([
    [{}, []],
    [{ name: '  ' }, ['name']],
    [{ priority: '' }, ['priority']],
    [{ priority: '1.5' }, ['priority']],
    [{ priority: '1000001' }, ['priority']],
    [{ dst_ports: '53' }, []],
    [{ dst_ports: '1000 - 2000' }, []],
    [{ dst_ports: '2000-1000' }, ['dst_ports']],
    [{ dst_ports: '65536' }, ['dst_ports']],
    [{ dst_ports: 'dns' }, ['dst_ports']],
    [{ protocol: 'icmp', src_ports: '1' }, ['src_ports']],
    [{ action: 'rate_limit' }, ['rate_pps']],
    [{ action: 'rate_limit', rate_pps: '0' }, ['rate_pps']],
    [{ action: 'rate_limit', rate_pps: '100', burst: 'x' }, ['burst']],
    [{ action: 'rate_limit', rate_pps: '100', burst: '' }, []],
    [{ action: 'drop', rate_pps: 'left over' }, []],
  ])('%o → %o', (change, expected) => {
    expect(complaints(change)).toEqual(expected);
  });
});

describe('toInput', () => {
  it('makes null of what is empty', () => {
    expect(toInput(values({}))).toMatchObject({
      src_cidr: null,
      dst_port_min: null,
      dst_port_max: null,
      rate_pps: null,
    });
  });

  it('forgets the rate when the action has none', () => {
    expect(toInput(values({ action: 'drop', rate_pps: '100', burst: '5' }))).toMatchObject({
      rate_pps: null,
      burst: null,
    });
  });

  it('is undone by toValues', () => {
    const typed = values({
      action: 'rate_limit',
      rate_pps: '100',
      burst: '5',
      src_cidr: '192.0.2.0/24',
      src_ports: '0',
      dst_ports: '1000-2000',
    });
    const rule = { ...toInput(typed), id: '1', created_at: '', updated_at: '' } as Parameters<
      typeof toValues
    >[0];
    expect(toValues(rule)).toEqual(typed);
  });
});

it('finds the field of a complaint', () => {
  expect(['src_port_max', 'dst_port_min', 'dst_cidr', 'version', ''].map(fieldOf)).toEqual([
    'src_ports',
    'dst_ports',
    'dst_cidr',
    null,
    null,
  ]);
});
