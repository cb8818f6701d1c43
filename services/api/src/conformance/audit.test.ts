import { v7 as uuidv7 } from 'uuid';
import { expect, it } from 'vitest';
import { insertAuditLog } from '../audit/audit.repository.ts';
import type { Actor } from '../audit/audit.ts';
import { onEachDatabase } from './each-database.ts';
import { ACTOR, newUser, ruleFields } from './samples.ts';

const NESTED = {
  list: [1, -0.5, 1e21, 2 ** 53 - 1, true, false, null, '', [], {}, [[['deep']]]],
  'ключ "quoted" \\ \u2028': { from: null, to: { a: { b: { c: 'x' } } } },
  text: { from: 'line\nbreak\ttab "quote" \\ back', to: '🦊 שלום é e\u0301 \u200b ﷺ \u{10ffff}' },
  like: { from: '%_!', to: "'; drop table audit_logs; --" },
};

/** An entry of the distant past. */
const OLD = {
  actor_id: null,
  actor_email: null,
  action: 'thing.remembered',
  resource_type: 'thing',
  resource_id: null,
  changes: '{}',
  ip: '',
  request_id: '',
};

onEachDatabase('the audit log', (subject) => {
  const record = async (changes: object, actor: Actor = ACTOR): Promise<string> => {
    const resourceId = uuidv7();
    const entry = { action: 'thing.changed', resourceType: 'thing', resourceId, changes } as const;
    await subject.ctx.audit.change(actor, (_trx, write) => write(entry as never));
    return resourceId;
  };
  const readBack = async (resource_id: string) => {
    const { items } = await subject.ctx.audit.list({ resource_id, sort: '-created_at' });
    expect(items).toHaveLength(1);
    return items[0]!;
  };

  it('gives nested JSON and any Unicode back as it was', async () => {
    expect((await readBack(await record(NESTED))).changes).toEqual(NESTED);
  });

  it('holds 60,000 bytes of changes on every database', async () => {
    const changes = { text: { to: '🦊'.repeat(14_990) } };
    expect(Buffer.byteLength(JSON.stringify(changes))).toBeGreaterThan(59_900);
    expect((await readBack(await record(changes))).changes).toEqual(changes);
  });

  it('holds the largest change that the API takes', async () => {
    const rules = subject.ctx.rules;
    // 1000 UTF-16 units, three bytes each; twice, from and to.
    const fields = (letter: string) =>
      ruleFields({ name: letter.repeat(100), description: letter.repeat(1000) });
    const { id } = await rules.create(ACTOR, fields('山'));
    await rules.replace(ACTOR, id, 'any', fields('川'));
    const { items } = await subject.ctx.audit.list({
      resource_id: id,
      action: 'rule.updated',
      sort: '-created_at',
    });
    expect(items[0]!.changes.description).toEqual({ from: '山'.repeat(1000), to: '川'.repeat(1000) });
  });

  it('has entries without an actor, and tells null from the empty string', async () => {
    const nobody = { id: null, email: null, ip: '', requestId: '' };
    expect(await readBack(await record({}, nobody))).toMatchObject({
      actor_id: null,
      actor_email: null,
      ip: '',
      request_id: '',
      changes: {},
    });
    expect(await readBack(await record({}, { ...nobody, email: '' }))).toMatchObject({ actor_email: '' });
  });

  it('takes the longest of everything, four bytes a letter', async () => {
    const actor = { id: uuidv7(), email: '🦊'.repeat(127), ip: 'f'.repeat(45), requestId: '🦊'.repeat(64) };
    expect(await readBack(await record({}, actor))).toMatchObject({
      actor_email: actor.email,
      ip: actor.ip,
      request_id: actor.requestId,
    });
  });

  it('is filtered by each of its fields, letter by letter', async () => {
    const actor = { ...ACTOR, id: uuidv7() };
    const resource_id = await record({}, actor);
    const count = async (filter: object) =>
      (await subject.ctx.audit.list({ actor_id: actor.id, sort: '-created_at', ...filter })).items.length;
    expect(await count({ action: 'thing.changed', resource_type: 'thing', resource_id })).toBe(1);
    expect(await count({ action: 'Thing.changed' })).toBe(0);
    expect(await count({ resource_type: 'THING' })).toBe(0);
    expect(await count({ resource_id: resource_id.toUpperCase() })).toBe(0);
    expect(await count({ action: 'thing%' })).toBe(0);
  });

  it('is shortened from its beginning, so many at a time, also by two at once', async () => {
    const at = (n: number) => ({ ...OLD, id: `old-${n}`, created_at: n });
    await subject.db.transaction(async (trx) => {
      for (let n = 1; n <= 40; n++) await insertAuditLog(trx, at(n));
    });
    const { deleteBefore, list } = subject.ctx.audit;
    const left = async () => {
      const { items } = await list({ action: OLD.action, sort: 'created_at', limit: 100 });
      return items.map(({ id }) => id);
    };
    const ids = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, n) => at(from + n).id);
    expect(await deleteBefore(31, 10)).toBe(10);
    expect(await left()).toEqual(ids(11, 40));
    const deleted = await Promise.all([deleteBefore(31, 500), deleteBefore(31, 500)]);
    expect(deleted.reduce((sum, count) => sum + count)).toBe(20);
    expect(await left()).toEqual(ids(31, 40));
  });

  it('never has an entry without its change, nor a change without its entry', async () => {
    const user = newUser({});
    const requestId = null as unknown as string;
    await expect(subject.ctx.users.create({ ...ACTOR, requestId }, user)).rejects.toThrow();
    expect(await subject.db.knex('users').where({ email: user.email })).toEqual([]);
    expect(await subject.db.knex('user_search_terms').where({ term: user.email })).toEqual([]);
  });
});
