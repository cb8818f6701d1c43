import { expect, it } from 'vitest';
import { findUserByEmail, insertUser } from '../users/users.repository.ts';
import { onEachDatabase } from './each-database.ts';
import { ACTOR, ruleFields, unique, userRow } from './samples.ts';

/** Names in the order of their code points in lower case: what every list answers, whatever the collation is. */
const BY_CODE_POINT = [
  '-dash',
  '0 zero',
  'Ada',
  'adA B',
  'ADB',
  'ad\u00e9',
  'ae',
  'Zoë',
  'Äpfel',
  'ß',
  'éa',
  'Ømer',
  'Ωmega',
  'Жук',
  'שלום',
  'علي',
  '山田',
  '\uffdcA',
  '🦊 fox',
  '\u{2000b}',
];

onEachDatabase('finding', (subject) => {
  const insert = (given: Parameters<typeof userRow>[0]) =>
    subject.db.transaction((trx) => insertUser(trx, userRow(given)));
  const find = async (q: string, sort = 'full_name') =>
    (await subject.ctx.users.list({ q, sort, limit: 100 })).items.map(({ full_name }) => full_name);

  it('sorts names by code point, small and capital letters alike', async () => {
    const word = unique();
    for (const name of BY_CODE_POINT.toReversed()) await insert({ full_name: `${name} ${word}` });
    // NFKC: the halfwidth letter \uffdc is sorted as what it stands for.
    const expected = BY_CODE_POINT.map((name) => `${name} ${word}`);
    const key = (name: string) => [...name.normalize('NFKC').toLowerCase()].map((c) => c.codePointAt(0)!);
    const compare = (a: string, b: string) => {
      const [x, y] = [key(a), key(b)];
      for (let n = 0; n < Math.min(x.length, y.length); n++) if (x[n] !== y[n]) return x[n]! - y[n]!;
      return x.length - y.length;
    };
    expect(await find(word)).toEqual(expected.toSorted(compare));
    expect(await find(word, '-full_name')).toEqual(expected.toSorted(compare).reverse());
  });

  it('sorts addresses by code point', async () => {
    const word = unique();
    const first = ['-', '.', '0', '_', 'a', 'aa', 'z', 'é', 'ж', '山', '\u{2000b}'];
    for (const letter of first.toReversed()) await insert({ email: `${word}${letter}@example.com` });
    const { items } = await subject.ctx.users.list({ q: word, sort: 'email', limit: 100 });
    // "@" comes after the digits and before the letters.
    expect(items.map(({ email }) => email.slice(word.length).split('@')[0])).toEqual(first);
  });

  it.each([
    ['ANNA@', 'anna@'],
    ['Straße', 'STRASSE', false],
    ['ÉCOLE', 'école'],
    ['e\u0301cole', 'école'],
    ['İpek', 'i\u0307pek'],
    ['ﬁne', 'FINE'],
    ['Ａｄａ', 'ada'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφο'],
    ['Жук', 'ЖУ'],
    ['שָׁלוֹם', 'שָׁל'],
    ['👩‍👩‍👧 family', '👩‍👩'],
    ['zero\u200bwidth', 'zero\u200bw'],
    ['zero\u200bwidth', 'zerow', false],
    ['ecole', 'école', false],
    ['école', 'ecole', false],
    ['naïve', 'naive', false],
    ['l\u00e5', 'la', false],
  ])('%j is found by %j: %s', async (name, q, found = true) => {
    const word = unique();
    await insert({ full_name: `${name} ${word}` });
    expect((await find(q)).filter((hit) => hit.endsWith(word))).toHaveLength(found ? 1 : 0);
  });

  it('takes the same address in other letters or forms for one, and a similar one for another', async () => {
    const word = unique();
    const create = (email: string) =>
      subject.app.ctx.db.transaction((trx) => insertUser(trx, userRow({ email })));
    await create(`é.${word}@example.com`);
    for (const other of [`e.${word}@example.com`, `e\u0301.${word}@example.com`, `É.${word}@example.com`]) {
      expect(await findUserByEmail(subject.db.knex, other)).toBeUndefined();
      // The column compares exactly; forms are made equal before (users/email.ts).
      await create(other);
    }
    await expect(create(`é.${word}@example.com`)).rejects.toThrow();
  });

  it.each(['%', '_', '!', '\\', "'", '"', '[a]', '*', '?', '!%', '\\%', '%%', '--', ';'])(
    'takes %j for itself',
    async (sign) => {
      const word = unique();
      const named = `${word} a${sign}b`;
      await subject.ctx.rules.create(ACTOR, ruleFields({ name: named }));
      await subject.ctx.rules.create(ACTOR, ruleFields({ name: `${word} axb`, description: 'acccb' }));
      const rules = await subject.ctx.rules.list({ q: `${word} a${sign}b`, sort: 'name' });
      expect(rules.items.map(({ name }) => name)).toEqual([named]);
      const second = await subject.ctx.rules.list({ q: `a${sign}b`, sort: 'name', limit: 100 });
      expect(second.items.filter(({ name }) => name.startsWith(word)).map(({ name }) => name)).toEqual([
        named,
      ]);
      await insert({ full_name: `a${sign}b ${word}` });
      await insert({ full_name: `axb ${word}` });
      expect((await find(`a${sign}b ${word}`)).length).toBe(1);
    },
  );

  const findRules = async (q: string) =>
    (await subject.ctx.rules.list({ q, sort: 'name', limit: 100 })).items.map(({ name }) => name);

  it('finds rules by the start of any word of name and description, in any case', async () => {
    const word = unique();
    const name = `Ünï-${word} ДОМ`;
    await subject.ctx.rules.create(ACTOR, ruleFields({ name, description: `Zwölf${word} BOXKÄMPFER\n🦊` }));
    const starts = [`ünï-${word}`, `u\u0308nï-${word}`, `${word} дом`, `${word.toUpperCase()} Д`];
    for (const q of [...starts, `zwölf${word} boxkämpfer\n🦊`, `ZWÖLF${word} Box`])
      expect([q, await findRules(q)]).toEqual([q, [name]]);
    for (const q of [`nï-${word}`, `wölf${word}`, `${word} boxkämpfer`, `zwolf${word}`])
      expect([q, await findRules(q)]).toEqual([q, []]);
  });

  it('finds rules by their addresses', async () => {
    const name = unique();
    const cidrs = { src_cidr: '2001:db8:77::/48', dst_cidr: '2001:db8:78::1/128' };
    const { id } = await subject.ctx.rules.create(ACTOR, ruleFields({ name, ...cidrs }));
    for (const q of ['2001:DB8:77', '2001:db8:78::1', '2001:db8:78::1/128'])
      expect(await findRules(q)).toEqual([name]);
    await subject.ctx.rules.patch(ACTOR, id, 'any', { dst_cidr: null });
    expect(await findRules('2001:db8:78')).toEqual([]);
    expect(await findRules('2001:db8:77')).toEqual([name]);
  });

  it('follows the changes of a rule to its end', async () => {
    const [before, after] = [unique(), unique()];
    const { id } = await subject.ctx.rules.create(ACTOR, ruleFields({ name: `${before} x` }));
    const termsOf = () =>
      subject.db.knex('rule_search_terms').where({ rule_id: id }).orderBy('term').pluck('term');
    expect(await termsOf()).toEqual([`${before} x`, 'x']);
    await subject.ctx.rules.patch(ACTOR, id, 'any', { name: after });
    expect([await findRules(before), await findRules(after)]).toEqual([[], [after]]);
    // A refused change changes nothing that is found either.
    await expect(subject.ctx.rules.patch(ACTOR, id, new Set([77]), { name: 'never' })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect(await termsOf()).toEqual([after]);
    await subject.ctx.rules.remove(ACTOR, id, 'any');
    expect(await termsOf()).toEqual([]);
  });

  it('takes the longest texts of a rule, and finds them', async () => {
    const word = unique();
    const name = `${word} ${'ﷺ'.repeat(99 - word.length)}`;
    const description = '🦊 '.repeat(500).trim();
    await subject.ctx.rules.create(ACTOR, ruleFields({ name, description }));
    expect(await findRules(name)).toEqual([name]);
    expect(await findRules(`${word} صلى الله`)).toEqual([name]);
    expect(await findRules('🦊 '.repeat(99))).toEqual([name]);
  });

  it('takes a name that is its address and cut off behind a space: MySQL ignores spaces at the end', async () => {
    const word = unique();
    // One letter becomes three in the form that is searched: 199 of them, a space, and what is cut off.
    const email = `${word.padEnd(39, 'a')}@${'ffi'.repeat(52)}.me`;
    const full_name = `${email.replaceAll('ffi', 'ﬃ')} the cut`;
    expect([email.length, full_name.normalize('NFKC').indexOf(' ')]).toEqual([199, 199]);
    await insert({ email, full_name });
    expect(await find(word)).toEqual([full_name]);
  });

  it('goes on in its order when too many for it match by then', async () => {
    const word = unique();
    const insertMany = (from: number, to: number) =>
      subject.db.transaction(async (trx) => {
        for (let n = from; n < to; n++)
          await insertUser(trx, userRow({ email: `${word}${String(n).padStart(4, '0')}@example.com` }));
      });
    await insertMany(0, 450);
    const first = await subject.ctx.users.list({ q: word, sort: '-email', limit: 100 });
    await insertMany(450, 600);
    const cursor = first.next_cursor!;
    const second = await subject.ctx.users.list({ q: word, sort: '-email', limit: 100, cursor });
    const numbers = second.items.map(({ email }) => Number(email.slice(word.length, word.length + 4)));
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => 349 - n));
  });

  it('goes over 400 matches the same way as over few', async () => {
    const word = unique();
    const rows = Array.from({ length: 420 }, (_, n) =>
      userRow({ email: `${word}${String(n).padStart(3, '0')}@example.com` }),
    );
    await subject.db.transaction(async (trx) => {
      for (const row of rows) await insertUser(trx, row);
    });
    const many = await subject.ctx.users.list({ q: word, sort: 'email', limit: 100 });
    expect(many.items.map(({ email }) => email)).toEqual(rows.slice(0, 100).map(({ email }) => email));
    const few = await subject.ctx.users.list({ q: `${word}3`, sort: '-email', limit: 100 });
    expect(few.items.map(({ email }) => email)).toEqual(
      rows
        .slice(300, 400)
        .reverse()
        .map(({ email }) => email),
    );
    const page = await subject.ctx.users.list({ q: word, sort: 'email', page: 5, per_page: 100 });
    expect(page.pagination).toMatchObject({ total: 420, pages: 5 });
    expect(page.items).toHaveLength(20);
  });
});
