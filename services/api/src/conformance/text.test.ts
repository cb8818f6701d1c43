import { v7 as uuidv7 } from 'uuid';
import { expect, it } from 'vitest';
import { mintBearer } from '../testing/mint.ts';
import { insertUser } from '../users/users.repository.ts';
import { onEachDatabase } from './each-database.ts';
import { ACTOR, newUser, ruleFields, unique, userRow } from './samples.ts';

const SAMPLES = {
  'a combining accent': 'e\u0301 \u1112\u1161\u11ab',
  emoji: '🦊 👩🏽‍🚀 👨‍👩‍👧‍👦 🏴󠁧󠁢󠁷󠁬󠁳󠁿',
  'letters beyond the first plane': '𝒜𠮷\u{10fffd}',
  'right to left, with marks': 'שָׁלוֹם العَرَبِيَّة\u200f',
  'signs that are not seen': 'a\u200bb\u200dc\u2060d\ufeffe',
  'quotes and backslashes': `' " \` \\ \\' '' \\\\ \\n %s $1 ? ?? :a`,
  'what looks like a binding': '$1 ?1 :id @x {{x}}',
};

/** The columns that hold what people write, with the most characters each may have. */
const LIMITS = [
  ['users', 'email', 254],
  ['users', 'full_name', 200],
  ['users', 'name_key', 200],
  ['user_search_terms', 'term', 254],
  ['sessions', 'user_agent', 300],
  ['audit_logs', 'actor_email', 254],
  ['audit_logs', 'request_id', 128],
  ['rules', 'name', 100],
  ['rules', 'description', 1000],
  ['rules', 'name_key', 200],
  ['rules', 'search_text', 2300],
  ['rule_search_terms', 'term', 60],
  ['login_failures', 'throttle_key', 100],
] as const;

onEachDatabase('text', (subject) => {
  it.each(Object.entries(SAMPLES))('keeps %s', async (_what, text) => {
    const rule = await subject.ctx.rules.create(ACTOR, ruleFields({ name: text, description: text }));
    expect(await subject.ctx.rules.get(rule.id)).toEqual(rule);
    const user = userRow({ full_name: text });
    await subject.db.transaction((trx) => insertUser(trx, user));
    expect((await subject.ctx.users.get(user.id)).full_name).toBe(text);
    const agent = await subject.db.transaction((trx) =>
      subject.ctx.sessions.begin(trx, user.id, { ip: '', userAgent: text }),
    );
    expect(await subject.db.knex('sessions').where({ id: agent.sessionId }).pluck('user_agent')).toEqual([
      text,
    ]);
  });

  it.each(LIMITS)('%s.%s holds %i characters of four bytes', async (table, column, length) => {
    const { knex } = subject.db;
    const long = '🦊'.repeat(length);
    const owner = userRow();
    const parent = userRow();
    await subject.db.transaction((trx) => insertUser(trx, parent));
    const rule = await subject.ctx.rules.create(ACTOR, ruleFields());
    const rows = {
      users: { ...owner, name_key: '' },
      user_search_terms: { user_id: parent.id, term: '' },
      sessions: {
        id: uuidv7(),
        user_id: parent.id,
        created_at: 1,
        last_used_at: 1,
        expires_at: 1,
        ends_at: 1,
        ip: '',
        user_agent: '',
      },
      audit_logs: {
        id: uuidv7(),
        created_at: 1,
        action: 'a.b',
        resource_type: '',
        changes: '{}',
        ip: '',
        request_id: '',
      },
      rules: {
        ...ruleFields(),
        id: uuidv7(),
        name_key: '',
        search_text: '',
        version: 1,
        created_at: 1,
        updated_at: 1,
      },
      rule_search_terms: { rule_id: rule.id, term: '' },
      login_failures: { throttle_key: '', failures: 1, window_ends_at: 1 },
    };
    await knex(table).insert({ ...rows[table], [column]: long });
    expect(
      await knex(table)
        .where({ [column]: long })
        .pluck(column),
    ).toEqual([long]);
    await knex(table)
      .where({ [column]: long })
      .delete();
  });

  it('takes the longest name and address that the API takes, and finds them', async () => {
    const bearer = await mintBearer(subject.ctx, 'admin');
    const word = unique();
    const user = newUser({
      email: `${'é'.repeat(64 - word.length)}${word}@${'ü'.repeat(185)}.com`,
      full_name: `${word} ${'ﷺ'.repeat(199 - word.length)}`,
    });
    expect([user.email.length, user.full_name.length]).toEqual([254, 200]);
    const post = () => subject.app.request().post('/api/v1/users').set(bearer).send(user);
    const { body } = await post().expect(201);
    expect(await subject.ctx.users.get(body.id)).toMatchObject({
      email: user.email,
      full_name: user.full_name,
    });
    // One sign of it becomes eighteen in the form that is searched (NFKC), so its end is cut off there.
    for (const q of [user.email, word, `${word} صلى الله`]) {
      const found = await subject.ctx.users.list({ q, sort: 'email' });
      expect(found.items.map(({ id }) => id)).toEqual([body.id]);
    }
    expect((await post().expect(409)).body.code).toBe('email_taken');
  });

  it('tells the empty string from null', async () => {
    const rule = await subject.ctx.rules.create(ACTOR, ruleFields({ description: '', src_cidr: null }));
    const [row] = await subject.db
      .knex('rules')
      .where({ id: rule.id, description: '' })
      .whereNull('src_cidr');
    expect([row.description, row.src_cidr]).toEqual(['', null]);
  });

  it('with NUL is refused before the database sees it, wherever it comes in', async () => {
    const bearer = await mintBearer(subject.ctx, 'admin');
    const request = () => subject.app.request();
    const nul = 'a\u0000b';
    const refused = [
      request()
        .post('/api/v1/users')
        .set(bearer)
        .send(newUser({ full_name: nul })),
      request()
        .post('/api/v1/users')
        .set(bearer)
        .send(newUser({ email: `${nul}@example.com` })),
      request().post('/api/v1/rules').set(bearer).send({ name: nul, action: 'drop' }),
      request().post('/api/v1/rules').set(bearer).send({ name: 'a', description: nul, action: 'drop' }),
      request().post('/api/v1/auth/login').send({ email: nul, password: 'x' }),
      request().post('/api/v1/auth/refresh').send({ refresh_token: nul }),
      request().get('/api/v1/users').set(bearer).query({ q: nul }),
      request().get('/api/v1/rules').set(bearer).query({ q: nul }),
      request().get('/api/v1/audit-logs').set(bearer).query({ resource_id: nul }),
      request()
        .get(`/api/v1/users/${encodeURIComponent(nul)}`)
        .set(bearer),
    ];
    for (const { status } of await Promise.all(refused)) expect([400, 404, 422]).toContain(status);
  });

  it('with half a pair (UTF-16) becomes U+FFFD', async () => {
    const bearer = await mintBearer(subject.ctx, 'admin');
    const rule = { name: 'half \ud83e pair', action: 'drop' };
    const { body } = await subject.app.request().post('/api/v1/rules').set(bearer).send(rule).expect(201);
    expect((await subject.ctx.rules.get(body.id)).name).toBe('half \ufffd pair');
  });
});
