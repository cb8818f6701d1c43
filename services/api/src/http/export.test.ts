import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { generate } from '../../scripts/generate/generate.ts';
import { userRow } from '../conformance/samples.ts';
import { mintBearer } from '../testing/mint.ts';
import { startTestApp, type TestApp } from '../testing/test-app.ts';
import { insertUser } from '../users/users.repository.ts';

/** So many that a thousand and more begin with "a": their search is walked, and not collected and sorted. */
const USERS = 12_000;
const ROW = {
  id: 'x',
  email: 'e'.repeat(200),
  full_name: 'n',
  role: 'viewer',
  is_active: true,
  must_change_password: false,
  created_at: 0,
  updated_at: 0,
  last_login_at: null,
};

let app: TestApp;
let server: Server;
let bearer: { Authorization: string };

beforeAll(async () => {
  app = await startTestApp();
  await generate(app.ctx.db, { amounts: { users: USERS, audit: 2000, rules: 0 } });
  bearer = await mintBearer(app.ctx, 'admin');
  server = createServer(app.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await app.close();
});

const fetchCsv = (path: string) =>
  app
    .request()
    .get(`/api/v1${path}`)
    .set(bearer)
    .buffer(true)
    .parse(text as never);
function text(res: NodeJS.ReadableStream, done: (error: Error | null, body: string) => void): void {
  let body = '';
  res.setEncoding('utf8');
  res.on('data', (chunk: string) => {
    body += chunk;
  });
  res.on('end', () => done(null, body));
}

/** A response whose body nobody reads yet. */
function open(path: string): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  return new Promise((found, failed) => {
    get({ port, host: '127.0.0.1', path: `/api/v1${path}`, headers: bearer, agent: false }, found).on(
      'error',
      failed,
    );
  });
}

/** Endless batches; tells how many were asked for and whether they were ended. */
function endless() {
  const seen = { batches: 0, ended: false };
  async function* batches() {
    try {
      for (;;) {
        seen.batches += 1;
        yield Array(500).fill(ROW);
        await new Promise((next) => setImmediate(next));
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, batches };
}

describe('an export', () => {
  it('holds every user once, and is recorded', async () => {
    const { body, headers } = await fetchCsv('/users/export').expect(200);
    expect(headers['content-type']).toContain('text/csv');
    expect(headers['content-disposition']).toMatch(/^attachment; filename="users-.*\.csv"$/);
    const lines: string[] = body.split('\r\n');
    expect(lines[0]).toBe(
      'id,email,full_name,role,is_active,must_change_password,created_at,updated_at,last_login_at',
    );
    expect(lines.at(-1)).toBe('');
    const ids = lines.slice(1, -1).map((line) => line.split(',')[0]);
    expect(ids).toHaveLength(USERS + 1);
    expect(new Set(ids).size).toBe(USERS + 1);
    expect(body).not.toContain('password_hash');
    const [entry] = await app.ctx.db.knex('audit_logs').where({ action: 'user.exported' });
    expect(JSON.parse(entry.changes).query.to).toEqual({ sort: '-created_at' });
  });

  it('takes the filters and the order of the list', async () => {
    const { body } = await fetchCsv('/users/export?role=maintainer&sort=email').expect(200);
    const emails = body
      .split('\r\n')
      .slice(1, -1)
      .map((line: string) => line.split(',')[1]);
    const rows = await app.ctx.db.knex('users').where({ role: 'maintainer' }).orderBy('email').pluck('email');
    expect(rows.length).toBeGreaterThan(0);
    expect(emails).toEqual(rows);
    await fetchCsv('/users/export?page=1').expect(422);
  });

  it('holds what a search of many finds, each once', async () => {
    const { body } = await fetchCsv('/users/export?q=a').expect(200);
    const found = await app.ctx.db.knex('user_search_terms').where('term', 'like', 'a%').distinct('user_id');
    expect(found.length).toBeGreaterThan(1000);
    const ids = body
      .split('\r\n')
      .slice(1, -1)
      .map((line: string) => line.split(',')[0]);
    expect(ids.sort()).toEqual(found.map(({ user_id }: { user_id: string }) => user_id).sort());
  });

  it('holds what a search found when it began, though many more match before it ends', async () => {
    const { db, users } = app.ctx;
    const insert = async (from: number, to: number) => {
      await db.transaction(async (trx) => {
        for (let n = from; n < to; n++) await insertUser(trx, userRow({ full_name: `Quill ${n}` }));
      });
    };
    await insert(0, 900);
    const found = await db.knex('user_search_terms').where('term', 'like', 'quill%').pluck('user_id');
    expect(found).toHaveLength(900);
    const ids: string[] = [];
    for await (const batch of users.all({ q: 'quill', sort: 'email' })) {
      if (ids.length === 0) await insert(900, 1200);
      ids.push(...batch.map(({ id }) => id));
    }
    expect(ids).toEqual(expect.arrayContaining(found));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of the audit log holds the entries that match', async () => {
    const { body } = await fetchCsv('/audit-logs/export?action=auth.logout').expect(200);
    const [heading, ...lines]: string[] = body.split('\r\n').slice(0, -1);
    expect(heading).toBe(
      'id,created_at,actor_id,actor_email,action,resource_type,resource_id,changes,ip,request_id',
    );
    const ids = await app.ctx.db.knex('audit_logs').where({ action: 'auth.logout' }).pluck('id');
    expect(ids.length).toBeGreaterThan(0);
    expect(lines.map((line) => line.split(',')[0]).sort()).toEqual(ids.sort());
  });

  it('stops asking for rows while the client reads nothing, and ends when it goes away', async () => {
    const { seen, batches } = endless();
    vi.spyOn(app.ctx.users, 'all').mockImplementation(batches as never);
    const response = await open('/users/export');
    // As many as the buffers of both sockets hold; without backpressure they would never cease to grow.
    let before = -1;
    await vi.waitFor(
      () => {
        const now = seen.batches;
        const resting = now === before;
        before = now;
        expect(resting).toBe(true);
      },
      { interval: 300, timeout: 20_000 },
    );
    expect(response.statusCode).toBe(200);
    expect(seen.batches).toBeGreaterThan(1);
    expect(seen.batches).toBeLessThan(1000);
    response.destroy();
    await vi.waitFor(() => expect(seen.ended).toBe(true), { timeout: 10_000 });
  });

  it('is cut by an error in the middle', async () => {
    const arrived = Promise.withResolvers<void>();
    async function* failing() {
      yield [ROW];
      await arrived.promise;
      throw new Error('the database is gone');
    }
    vi.spyOn(app.ctx.users, 'all').mockImplementation(failing as never);
    const response = await open('/users/export');
    response.resume();
    arrived.resolve();
    await expect(once(response, 'end')).rejects.toThrow(/aborted/);
    expect(response.complete).toBe(false);
  });

  it('answers an error before the first row as a problem', async () => {
    // biome-ignore lint/correctness/useYield: it fails before
    async function* failing() {
      throw new Error('no');
    }
    vi.spyOn(app.ctx.users, 'all').mockImplementation(failing as never);
    const { body } = await app.request().get('/api/v1/users/export').set(bearer).expect(500);
    expect(body.code).toBe('internal');
  });

  it('is not more than two at once for one user', async () => {
    vi.spyOn(app.ctx.users, 'all').mockImplementation(endless().batches as never);
    const open2 = [await open('/users/export'), await open('/users/export')];
    const third = await open('/users/export');
    expect(third.statusCode).toBe(429);
    for (const response of [...open2, third]) response.destroy();
  });

  it('answers HEAD without reading a row', async () => {
    const all = vi.spyOn(app.ctx.users, 'all');
    await app.request().head('/api/v1/users/export').set(bearer).expect(200);
    expect(all).not.toHaveBeenCalled();
  });
});
