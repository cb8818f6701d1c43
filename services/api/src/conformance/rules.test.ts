import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createRuleSource } from '../rules/rule-source.ts';
import { raiseRevision, readVersion } from '../rules/ruleset-state.repository.ts';
import { onEachDatabase, type Subject } from './each-database.ts';
import { ACTOR, ruleFields } from './samples.ts';

const EVERYTHING = ruleFields({
  name: 'Every field',
  description: 'Not one is "any"\nÜ 🦊',
  enabled: false,
  priority: 1_000_000,
  action: 'rate_limit',
  protocol: 'udp',
  src_cidr: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0/124',
  dst_cidr: '2001:db8::/32',
  src_port_min: 0,
  src_port_max: 65_535,
  dst_port_min: 53,
  dst_port_max: 53,
  rate_pps: 10_000_000,
  burst: 1,
});

/** How the reconciler reads all rules; here for the count alone. */
const LOAD = { encode: () => null, signal: new AbortController().signal };

async function state(subject: Subject) {
  const row = await subject.db.knex('ruleset_state').first();
  const [counted] = await subject.db.knex('rules').count({ total: '*' });
  return { revision: Number(row.revision), said: Number(row.rule_count), there: Number(counted!.total) };
}

onEachDatabase('rules', (subject) => {
  it('are created, read, replaced, patched and deleted', async () => {
    const { rules } = subject.ctx;
    const created = await rules.create(ACTOR, EVERYTHING);
    expect(created).toMatchObject({ ...EVERYTHING, version: 1 });
    expect(await rules.get(created.id)).toEqual(created);
    const replaced = await rules.replace(ACTOR, created.id, new Set([1]), ruleFields({ name: 'Nothing' }));
    expect(replaced).toMatchObject({ ...ruleFields({ name: 'Nothing' }), version: 2 });
    expect(await rules.get(created.id)).toEqual(replaced);
    const patched = await rules.patch(ACTOR, created.id, 'any', { enabled: false });
    expect(await rules.get(created.id)).toEqual({ ...replaced, ...patched, enabled: false, version: 3 });
    await expect(rules.remove(ACTOR, created.id, new Set([2]))).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await rules.remove(ACTOR, created.id, new Set([3]));
    await expect(rules.get(created.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('one state, ten editors: one of them saves it', async () => {
    const { id } = await subject.ctx.rules.create(ACTOR, ruleFields());
    const edit = (n: number) => subject.ctx.rules.patch(ACTOR, id, new Set([1]), { name: `Editor ${n}` });
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, n) => edit(n)));
    const saved = results.filter((result) => result.status === 'fulfilled');
    expect(saved).toHaveLength(1);
    const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason.code);
    expect(refused).toEqual(Array(9).fill('precondition_failed'));
    expect(await subject.ctx.rules.get(id)).toEqual(saved[0]!.value);
  });

  it('ten editors of whatever there is: none is lost', async () => {
    const { id } = await subject.ctx.rules.create(ACTOR, ruleFields());
    const edit = (n: number) => subject.ctx.rules.patch(ACTOR, id, 'any', { priority: n });
    await Promise.all(Array.from({ length: 10 }, (_, n) => edit(n)));
    expect((await subject.ctx.rules.get(id)).version).toBe(11);
    const logged = await subject.ctx.audit.list({
      resource_id: id,
      action: 'rule.updated',
      sort: 'created_at',
    });
    // One after another: each entry starts from what the one before has left, so all but the first are a chain.
    const priorities = logged.items.flatMap(({ changes }) => (changes.priority ? [changes.priority] : []));
    const sources = priorities.map(({ from }) => from);
    const last = (await subject.ctx.rules.get(id)).priority;
    expect([...sources, last].sort()).toEqual([1000, ...priorities.map(({ to }) => to)].sort());
  });

  it('count every change once, those that fail not at all', async () => {
    const before = await state(subject);
    const rules = await Promise.all(
      Array.from({ length: 12 }, () => subject.ctx.rules.create(ACTOR, ruleFields())),
    );
    const failing = rules.map(({ id }) =>
      subject.ctx.rules.remove(ACTOR, id, new Set([99])).catch(() => 'refused'),
    );
    const removed = rules.slice(0, 5).map(({ id }) => subject.ctx.rules.remove(ACTOR, id, new Set([1])));
    // Deleted ones are refused as well, only with another code.
    expect(await Promise.all(failing)).toEqual(Array(12).fill('refused'));
    await Promise.all(removed);
    const after = await state(subject);
    expect(after.revision - before.revision).toBe(12 + 5);
    expect(after.said).toBe(after.there);
    expect(after.there - before.there).toBe(12 - 5);
  });

  it('reach the fast path as one state of one revision while they change', async () => {
    const source = createRuleSource(subject.db);
    let writing = true;
    const writer = (async () => {
      for (let n = 0; n < 25; n++) {
        await subject.ctx.rules.create(ACTOR, ruleFields({ name: `During ${n}` }));
        // SQLite answers without a turn of the event loop, which the reader needs.
        await turn();
      }
      writing = false;
    })();
    const seen = new Map<number, number>();
    while (writing) {
      const { version, count } = await source.load(LOAD);
      expect(seen.get(version.revision) ?? count).toBe(count);
      seen.set(version.revision, count);
      await turn();
    }
    await writer;
    expect(seen.size).toBeGreaterThan(1);
    // Each revision has one more rule than the one before, whenever it was looked at.
    const offsets = [...seen].map(([revision, count]) => revision - count);
    expect(new Set(offsets).size).toBe(1);
  });

  it('have revisions up to 2^53-1', async () => {
    const { knex } = subject.db;
    await raiseRevision(knex, Number.MAX_SAFE_INTEGER - 3);
    expect((await readVersion(knex)).revision).toBe(Number.MAX_SAFE_INTEGER - 2);
    // Not back, and not twice.
    await raiseRevision(knex, 5);
    await raiseRevision(knex, Number.MAX_SAFE_INTEGER - 3);
    await subject.ctx.rules.create(ACTOR, ruleFields());
    expect((await readVersion(knex)).revision).toBe(Number.MAX_SAFE_INTEGER - 1);
    await raiseRevision(knex, Number.MAX_SAFE_INTEGER - 1);
    expect((await createRuleSource(subject.db).load(LOAD)).version.revision).toBe(Number.MAX_SAFE_INTEGER);
  });
});
