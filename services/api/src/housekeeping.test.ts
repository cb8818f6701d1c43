import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insertAuditLog } from './audit/audit.repository.ts';
import { createHousekeeping } from './housekeeping.ts';
import { startTestApp, type TestApp } from './testing/test-app.ts';

const DAY_MS = 86_400_000;
const OLD = 1200;
const NEW = 30;
let app: TestApp;

beforeEach(async () => {
  app = await startTestApp();
  await app.ctx.db.transaction(async (trx) => {
    for (let n = 0; n < OLD + NEW; n++) {
      await insertAuditLog(trx, {
        id: `entry-${String(n).padStart(5, '0')}`,
        created_at: Date.now() - (n < OLD ? 31 : 29) * DAY_MS,
        actor_id: null,
        actor_email: null,
        action: 'test.happened',
        resource_type: 'test',
        resource_id: null,
        changes: '{}',
        ip: '',
        request_id: '',
      });
    }
  });
});
afterEach(() => app.close());

function housekeeping(days: number) {
  const { db, sessions, audit, metrics } = app.ctx;
  const log = pino({ level: 'silent' });
  return createHousekeeping({ config: { AUDIT_RETENTION_DAYS: days }, db, sessions, audit, metrics, log });
}
const entries = (action: string): Promise<{ changes: string }[]> =>
  app.ctx.db.knex('audit_logs').where({ action });

describe('the retention of the audit log', () => {
  it('deletes what is too old, counts it and says so in the log itself', async () => {
    await housekeeping(30).sweep();
    expect(await entries('test.happened')).toHaveLength(NEW);
    const [entry] = await entries('audit.expired');
    expect(JSON.parse(entry!.changes).entries).toEqual({ from: OLD, to: 0 });
    const metrics = await app.ctx.metrics.registry.metrics();
    expect(metrics).toContain(`housekeeping_deleted_rows_total{what="audit_logs"} ${OLD}`);
    // Nothing is left to say.
    await housekeeping(30).sweep();
    expect(await entries('audit.expired')).toHaveLength(1);
  });

  it('keeps everything with 0', async () => {
    await housekeeping(0).sweep();
    expect(await entries('test.happened')).toHaveLength(OLD + NEW);
  });

  it('is safe in several processes: together they delete each entry once', async () => {
    await Promise.all([housekeeping(30).sweep(), housekeeping(30).sweep(), housekeeping(30).sweep()]);
    await housekeeping(30).sweep();
    expect(await entries('test.happened')).toHaveLength(NEW);
    const told = (await entries('audit.expired')).map(({ changes }) => JSON.parse(changes).entries.from);
    expect(told.reduce((sum, deleted) => sum + deleted, 0)).toBe(OLD);
  });

  it('stops between batches when the process does', async () => {
    const stopped = housekeeping(30);
    await stopped.close?.();
    await stopped.sweep();
    expect((await entries('test.happened')).length).toBe(OLD + NEW - 500);
  });
});

it('forgets ended sessions and windows in batches', async () => {
  const { id } = await app.person('viewer');
  const { knex } = app.ctx.db;
  const [session] = await knex('sessions').where({ user_id: id });
  const ended = Array.from({ length: 700 }, (_, n) => ({ ...session, id: `ended-${n}`, expires_at: 5 }));
  const windows = ended.map((_, n) => ({ throttle_key: `key-${n}`, failures: 1, window_ends_at: 5 }));
  await knex.batchInsert('sessions', ended, 50);
  await knex.batchInsert('login_failures', windows, 50);
  await housekeeping(0).sweep();
  expect(await knex('sessions').pluck('id')).toEqual([session.id]);
  expect(await knex('login_failures').where('window_ends_at', 5)).toEqual([]);
});
