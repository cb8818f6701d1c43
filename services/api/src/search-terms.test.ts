import { describe, expect, it } from 'vitest';
import { ruleTerm, ruleTerms } from './rules/search.ts';
import { cutTerm } from './search-terms.ts';
import { searchTerms } from './users/search.ts';

describe('a term', () => {
  it.each([
    ['abc', 'abc'],
    ['abcdef', 'abcd'],
    ['abc def', 'abc'],
    ['🦊🦊🦊🦊🦊', '🦊🦊🦊🦊'],
    ['abc🦊🦊', 'abc🦊'],
    ['abcd🦊', 'abcd'],
  ])('%j ends behind four characters, in no half of one and no space: %j', (text, cut) => {
    expect(cutTerm(text, 4)).toBe(cut);
  });
});

describe('a user is found', () => {
  it('by address and by the name from each of its words on', () => {
    const terms = searchTerms({ email: 'ada@example.com', full_name: 'Ada  King LOVELACE' });
    expect(terms).toEqual(['ada@example.com', 'ada king lovelace', 'king lovelace', 'lovelace']);
  });
});

it('makes one of all halves of characters, as UTF-8 does', () => {
  const terms = searchTerms({ email: 'ada@example.com', full_name: 'a \ud800 \ud801' });
  expect(terms).toEqual(['ada@example.com', 'a \ufffd \ufffd', '\ufffd \ufffd', '\ufffd']);
  const rule = { name: 'a \ud800', description: 'b \ud801', src_cidr: null, dst_cidr: null };
  expect(ruleTerms(rule)).toEqual(['a \ufffd', '\ufffd', 'b \ufffd']);
});

describe('a rule is found', () => {
  const RULE = { name: 'x', description: '', src_cidr: null, dst_cidr: null };
  const found = (given: Partial<typeof RULE>, q: string) =>
    ruleTerms({ ...RULE, ...given }).some((term) => term.startsWith(ruleTerm(q)));

  it.each([
    [
      'Drop-Telnet (tcp/23)',
      ['drop', 'telnet', 'TELNET (tcp', 'tcp/23', '(tcp', '23'],
      ['rop', 'elnet', 'telnet tcp'],
    ],
    ['from 10.20.30.40:80', ['10.20', '10.20.30.40:80'], ['20.30', '80']],
    ['see api.example.com', ['api.ex', 'example.com', 'com'], ['pi.ex']],
    ['dns_guard "edge"', ['dns_g', 'guard', '"edge', 'edge'], ['uard', 'guard edge']],
    ["l'ami 🦊fox", ["l'ami", '🦊', 'fox'], ['ami']],
    ['two\t\n lines', ['two lines', 'TWO   li', 'lines'], []],
  ])('by the start of each word of %j', (text, hits, misses) => {
    for (const field of ['name', 'description'] as const) {
      expect(hits.filter((q) => !found({ [field]: text }, q))).toEqual([]);
      expect(misses.filter((q) => found({ [field]: text }, q))).toEqual([]);
    }
  });

  it('by the start of its addresses', () => {
    const rule = { ...RULE, src_cidr: '2001:db8::/32' as never, dst_cidr: '192.0.2.0/24' as never };
    expect(ruleTerms(rule)).toEqual(['x', '2001:db8::/32', '192.0.2.0/24']);
  });

  it('by 60 characters of what is searched, also in the middle of a long text', () => {
    const description = 'word '.repeat(40);
    const name = 'ﷺ'.repeat(99);
    expect(found({ description, name }, description)).toBe(true);
    expect(found({ description, name }, name)).toBe(true);
    expect(Math.max(...ruleTerms({ ...RULE, description, name }).map((term) => [...term].length))).toBe(60);
  });

  it('by no more than fifty words and two addresses, whatever its text is', () => {
    const words = (count: number) => Array.from({ length: count }, (_, n) => `w${n}`).join('-');
    const rule = { name: words(30), description: words(300), src_cidr: 'a', dst_cidr: 'b' } as never;
    const terms = ruleTerms(rule);
    expect(terms.length).toBeLessThanOrEqual(52);
    expect(terms.some((term) => term.startsWith('w19-'))).toBe(true);
    expect(terms.some((term) => term.startsWith('w29-'))).toBe(true);
    expect(terms.some((term) => term.startsWith('w30-w31'))).toBe(false);
  });
});
