import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHostAddress, parseCidr } from './cidr.ts';

function canonical(input: string): string {
  const result = parseCidr(input);
  if (!result.ok) throw new Error(`${input} ${result.problem}`);
  return result.cidr.text;
}

const prefix6 = fc.integer({ min: 0, max: 128 });
const prefix4 = fc.integer({ min: 0, max: 32 });

/** The address that libuv's own parser and printer make of a text: an independent reading. */
function byNode(address: string): string {
  return new SocketAddress({ address, family: isIPv6(address) ? 'ipv6' : 'ipv4' }).address;
}

describe('parseCidr', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3/32'],
    [' 10.1.2.3/8 ', '10.0.0.0/8'],
    ['255.255.255.255/0', '0.0.0.0/0'],
    ['192.0.2.129/25', '192.0.2.128/25'],
    ['2001:DB8::1', '2001:db8::1/128'],
    ['2001:db8:0:0:1:0:0:1/128', '2001:db8::1:0:0:1/128'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1/128'],
    ['2001:0db8:ffff::/33', '2001:db8:8000::/33'],
    ['::/0', '::/0'],
    ['::1', '::1/128'],
    ['1::', '1::/128'],
    ['64:ff9b::192.0.2.33/96', '64:ff9b::/96'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221/128'],
  ])('writes %s as %s', (input, expected) => {
    expect(canonical(input)).toBe(expected);
  });

  it.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/8.0',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '0x7f.0.0.1',
    '1.2.3.4.5',
    ':::',
    ':1::2',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '::1/129',
    'fe80::1%eth0',
    '[::1]',
    '1.2.3.4::',
    'localhost',
    '１.2.3.4',
  ])('refuses %j', (input) => {
    expect(parseCidr(input).ok).toBe(false);
  });

  it.each(['::ffff:192.0.2.1', '::FFFF:c000:0201/120', '0:0:0:0:0:ffff:0:0/96', '::ffff:1.2.3.4/64'])(
    'refuses IPv4-mapped %s and says why',
    (input) => {
      expect(parseCidr(input)).toMatchObject({ ok: false, problem: expect.stringContaining('IPv4-mapped') });
    },
  );

  it('agrees with libuv on every host address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
        const result = parseCidr(address);
        if (!result.ok) return result.problem.includes('mapped');
        return canonical(byNode(address)) === result.cidr.text;
      }),
      { numRuns: 2000 },
    );
  });

  it('is idempotent and keeps the family and the length', () => {
    const input = fc.oneof(fc.tuple(fc.ipV4(), prefix4), fc.tuple(fc.ipV6(), prefix6));
    fc.assert(
      fc.property(input, ([address, bits]) => {
        const result = parseCidr(`${address}/${bits}`);
        if (!result.ok) return result.problem.includes('mapped');
        const { text, family } = result.cidr;
        const [base = '', length] = text.split('/');
        expect(canonical(text)).toBe(text);
        expect(length).toBe(String(bits));
        return family === 4 ? isIPv4(base) : isIPv6(base);
      }),
      { numRuns: 2000 },
    );
  });

  it('covers the same addresses as BlockList with the prefix as it was typed', () => {
    const input = fc.oneof(
      fc.tuple(fc.constant('ipv4' as const), fc.ipV4(), prefix4, fc.ipV4()),
      fc.tuple(fc.constant('ipv6' as const), fc.ipV6(), prefix6, fc.ipV6()),
    );
    fc.assert(
      fc.property(input, ([family, address, bits, probe]) => {
        const result = parseCidr(`${address}/${bits}`);
        if (!result.ok) return;
        const typed = new BlockList();
        typed.addSubnet(byNode(address), bits, family);
        const normalised = new BlockList();
        normalised.addSubnet(result.cidr.text.split('/')[0] ?? '', bits, family);
        for (const candidate of [address, probe].map(byNode)) {
          expect(normalised.check(candidate, family)).toBe(typed.check(candidate, family));
        }
        expect(normalised.check(byNode(address), family)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./]{0,50}$/)), (text) => {
        const result = parseCidr(text);
        return !result.ok || canonical(result.cidr.text) === result.cidr.text;
      }),
      { numRuns: 5000 },
    );
  });
});

describe('isHostAddress', () => {
  it('takes addresses and no prefixes', () => {
    expect(['192.0.2.1', '2001:db8::1'].every(isHostAddress)).toBe(true);
    expect(['192.0.2.0/24', '', 'host'].some(isHostAddress)).toBe(false);
  });

  it('takes what parseCidr takes, zones and IPv4-mapped addresses in any spelling not', () => {
    const group = fc.constantFrom('0', '0000', 'ffff', 'FFFF', '1', '1.2.3.4', '');
    const address6 = fc.array(group, { minLength: 1, maxLength: 10 }).map((groups) => groups.join(':'));
    const zone = fc.constantFrom('', '', '', '%eth0', ' ');
    fc.assert(
      fc.property(fc.oneof(address6, fc.ipV6(), fc.ipV4()), zone, (address, suffix) => {
        const text = address + suffix;
        expect(isHostAddress(text)).toBe(text === text.trim() && parseCidr(text).ok);
      }),
      { numRuns: 20_000 },
    );
    const mapped = ['::ffff:a:b', '0:0::FFFF:a:b', '0:0:0:0:0:ffff:a:b', '0:0:0:0:0:ffff::', '0::ffff:0:0'];
    expect(mapped.filter(isHostAddress)).toEqual([]);
    expect(['0:0:0:0:ffff::a:b', '::ffff:a', '::1:ffff:a:b'].every(isHostAddress)).toBe(true);
  });
});
