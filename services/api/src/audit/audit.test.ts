import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, startTestApp, type TestApp } from '../testing/test-app.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startTestApp();
  admin = await app.person('admin');
});
afterAll(() => app.close());

const list = (query: object) => app.request().get('/api/v1/audit-logs').query(query).set(admin.bearer);

describe('audit.change', () => {
  const entry = { action: 'thing.changed', resourceType: 'thing', resourceId: null } as const;
  const actor = { id: null, email: null, ip: '', requestId: 'r' };

  it('loses the entry with the change', async () => {
    const change = app.ctx.audit.change(actor, async (trx, record) => {
      await trx('login_failures').insert({ throttle_key: 'k', failures: 1, window_ends_at: 1 });
      await record(entry);
      throw new Error('too late');
    });
    await expect(change).rejects.toThrow('too late');
    expect(await app.ctx.db.knex('audit_logs').where({ action: 'thing.changed' })).toEqual([]);
    expect(await app.ctx.db.knex('login_failures').where({ throttle_key: 'k' })).toEqual([]);
  });

  it('loses the change with the entry', async () => {
    const change = app.ctx.audit.change({ ...actor, requestId: null as never }, async (trx, record) => {
      await trx('login_failures').insert({ throttle_key: 'k', failures: 1, window_ends_at: 1 });
      await record(entry);
    });
    await expect(change).rejects.toThrow();
    expect(await app.ctx.db.knex('login_failures').where({ throttle_key: 'k' })).toEqual([]);
  });
});

describe('the audit log', () => {
  it('is listed newest first, filtered and paged', async () => {
    for (let n = 0; n < 5; n++)
      await app
        .request()
        .put('/api/v1/users/me')
        .set(admin.bearer)
        .send({ full_name: `Name ${n}` });
    const first = await list({ action: 'user.updated', limit: 3 }).expect(200);
    expect(first.body.items[0]).toMatchObject({
      actor_id: admin.id,
      actor_email: admin.email,
      action: 'user.updated',
      resource_type: 'user',
      resource_id: admin.id,
      changes: { full_name: { from: 'Name 3', to: 'Name 4' } },
    });
    const second = await list({ action: 'user.updated', limit: 3, cursor: first.body.next_cursor }).expect(
      200,
    );
    expect(second.body.items).toHaveLength(2);
    expect(second.body.next_cursor).toBeNull();
    expect((await list({ actor_id: admin.id, resource_type: 'session' })).body.items).toHaveLength(1);
  });

  it('carries the request id', async () => {
    await app
      .request()
      .put('/api/v1/users/me')
      .set({ ...admin.bearer, 'X-Request-Id': 'trace-me' })
      .send({ full_name: 'Z' });
    expect((await list({ limit: 1 })).body.items[0].request_id).toBe('trace-me');
  });
});
