import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, parseAddress, parseCidr } from './address.ts';

test('addresses become words and the text of RFC 5952', () => {
  for (const [text, canonical] of [
    ['192.0.2.1', '192.0.2.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'], // one group of zeros is not shortened
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'], // the first of equal runs
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['fe80::1%eth0', 'fe80::1'],
  ]) {
    expect(formatAddress(parseAddress(text)!.words), text).toBe(canonical);
  }
  expect(parseAddress('192.0.2.1')).toEqual({ family: 4, words: [0xc0000201] });
});

test('text that is no address is refused', () => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    ':::',
    '1::2::3',
    'localhost',
    '::1/128',
    '1.2.3.4 ',
  ]) {
    expect(parseAddress(text), text).toBeNull();
  }
});

test('every IPv6 address survives text', () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff_ffff }));
  fc.assert(
    fc.property(fc.tuple(group, group, group, group), (words) => {
      const text = formatAddress(words);
      expect(parseAddress(text)!.words).toEqual(words);
      // The URL parser has an implementation of its own (which knows no dotted form).
      if (!text.includes('.')) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
    }),
    { numRuns: 2_000 },
  );
});

test('prefixes lose their host bits; a bare address is its own prefix', () => {
  expect(parseCidr('10.1.2.3/8')).toEqual({ family: 4, words: [0x0a000000], prefixLength: 8 });
  expect(parseCidr('255.255.255.255/0')).toEqual({ family: 4, words: [0], prefixLength: 0 });
  expect(parseCidr('10.1.2.3')).toEqual({ family: 4, words: [0x0a010203], prefixLength: 32 });
  expect(parseCidr('2001:db8:ffff::1/33')).toEqual({
    family: 6,
    words: [0x20010db8, 0x80000000, 0, 0],
    prefixLength: 33,
  });
});

test('what is no prefix is refused, IPv4-mapped ones included', () => {
  for (const text of ['', '/8', '10.0.0.0/', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/08', '10.0.0.0/8/8']) {
    expect(parseCidr(text), text).toBeNull();
  }
  for (const text of ['::/129', 'fe80::1%eth0/64', '::ffff:10.0.0.0/104', '10.0.0.0/1e1', '10.0.0.0/ 8']) {
    expect(parseCidr(text), text).toBeNull();
  }
});
