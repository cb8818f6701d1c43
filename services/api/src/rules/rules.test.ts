import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, startTestApp, type TestApp } from '../testing/test-app.ts';

/** Two API processes, as far as anything but the operating system can tell: two contexts on one database file. */
const folder = mkdtempSync(join(tmpdir(), 'tripod-rules-'));
let one: TestApp;
let two: TestApp;
let admin: Person;
let viewer: Person;

beforeAll(async () => {
  const env = { DB_NAME: join(folder, 'shared.sqlite') };
  one = await startTestApp(env);
  two = await startTestApp(env);
  admin = await one.person('admin');
  viewer = await one.person('viewer');
});

afterAll(async () => {
  await one.close();
  await two.close();
  rmSync(folder, { recursive: true, force: true });
});

const RULE = { name: 'no telnet', action: 'drop', protocol: 'tcp', dst_port_min: 23 };

async function create(fields: object = {}, app = one) {
  const reply = await app
    .request()
    .post('/api/v1/rules')
    .set(admin.bearer)
    .send({ ...RULE, ...fields });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return { ...reply.body, etag: reply.headers.etag as string } as {
    id: string;
    etag: string;
    [field: string]: unknown;
  };
}

function get(id: string, app = one) {
  return app.request().get(`/api/v1/rules/${id}`).set(admin.bearer);
}

function put(id: string, etag: string | undefined, fields: object, app = one) {
  const sent = app.request().put(`/api/v1/rules/${id}`).set(admin.bearer);
  return (etag === undefined ? sent : sent.set('If-Match', etag)).send({ ...RULE, ...fields });
}

function patch(id: string, etag: string, fields: object, app = one) {
  return app.request().patch(`/api/v1/rules/${id}`).set(admin.bearer).set('If-Match', etag).send(fields);
}

async function revision(): Promise<number> {
  const reply = await one.request().get('/api/v1/fastpath/status').set(admin.bearer).expect(200);
  return reply.body.desired.revision;
}

async function auditOf(id: string) {
  const query = `/api/v1/audit-logs?resource_id=${id}&sort=created_at`;
  const reply = await one.request().get(query).set(admin.bearer).expect(200);
  return reply.body.items as { action: string; actor_email: string; changes: Record<string, unknown> }[];
}

describe('creating', () => {
  it('fills the defaults, normalises and answers where the rule is', async () => {
    const reply = await one
      .request()
      .post('/api/v1/rules')
      .set(admin.bearer)
      .send({ ...RULE, name: '  no   telnet ', src_cidr: '10.1.2.3/8' })
      .expect(201);
    expect(reply.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: 'no telnet',
      description: '',
      enabled: true,
      priority: 1000,
      action: 'drop',
      protocol: 'tcp',
      src_cidr: '10.0.0.0/8',
      dst_cidr: null,
      src_port_min: null,
      src_port_max: null,
      dst_port_min: 23,
      dst_port_max: 23,
      rate_pps: null,
      burst: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: reply.body.created_at,
    });
    expect(reply.headers.location).toBe(`/api/v1/rules/${reply.body.id}`);
    expect(reply.headers.etag).toBe('"1"');
    const read = await get(reply.body.id, two).expect(200);
    expect(read.body).toEqual(reply.body);
    expect(read.headers.etag).toBe('"1"');
  });

  it.each([
    ['no name', { name: ' ' }, 'name'],
    ['a control character', { name: 'a\u0007b' }, 'name'],
    ['an unknown field', { prioritty: 1 }, 'prioritty'],
    ['a bad CIDR', { src_cidr: '10.0.0.0/33' }, 'src_cidr'],
    ['IPv4-mapped IPv6', { dst_cidr: '::ffff:10.0.0.1' }, 'dst_cidr'],
    ['two families', { src_cidr: '10.0.0.0/8', dst_cidr: '::/0' }, 'dst_cidr'],
    ['ports of ICMP', { protocol: 'icmp' }, 'dst_port_min'],
    ['a range upside down', { dst_port_max: 22 }, 'dst_port_max'],
    ['a range without its lower end', { dst_port_min: null, dst_port_max: 22 }, 'dst_port_min'],
    ['a port too large', { dst_port_min: 65_536 }, 'dst_port_min'],
    ['a fraction', { priority: 1.5 }, 'priority'],
    ['a rate limit without rate', { action: 'rate_limit' }, 'rate_pps'],
    ['a rate without rate limit', { rate_pps: 5 }, 'rate_pps'],
    ['a burst without rate limit', { burst: 5 }, 'burst'],
    ['a rate of nothing', { action: 'rate_limit', rate_pps: 0 }, 'rate_pps'],
  ])('refuses %s and names the field', async (_what, fields, path) => {
    const before = await revision();
    const reply = await one
      .request()
      .post('/api/v1/rules')
      .set(admin.bearer)
      .send({ ...RULE, ...fields });
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({ code: 'validation_failed', errors: [{ path }] });
    expect(await revision()).toBe(before);
  });

  it('is not for viewers, who may read', async () => {
    await one.request().post('/api/v1/rules').set(viewer.bearer).send(RULE).expect(403);
    await one.request().get('/api/v1/rules').set(viewer.bearer).expect(200);
  });
});

describe('changing', () => {
  it('replaces with the ETag that was read and gives a new one', async () => {
    const rule = await create({ description: 'gone after PUT', priority: 5 });
    const reply = await put(rule.id, rule.etag, { name: 'renamed' }).expect(200);
    expect(reply.body).toMatchObject({
      name: 'renamed',
      description: '',
      priority: 1000,
      created_at: rule.created_at,
    });
    expect(reply.headers.etag).toBe('"2"');
  });

  it('patches only what is given, and validates the whole', async () => {
    const rule = await create({ description: 'stays', action: 'rate_limit', rate_pps: 100 });
    const reply = await patch(rule.id, rule.etag, { rate_pps: 200, enabled: false }).expect(200);
    expect(reply.body).toMatchObject({ description: 'stays', rate_pps: 200, enabled: false, burst: null });
    const refused = await patch(rule.id, reply.headers.etag as string, { action: 'drop' });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toEqual([{ path: 'rate_pps', message: expect.any(String) }]);
    await patch(rule.id, reply.headers.etag as string, { action: 'drop', rate_pps: null }).expect(200);
  });

  it.each([
    ['put', { name: 'x', action: 'allow' }],
    ['patch', { name: 'x' }],
    ['delete', undefined],
  ] as const)('%s needs If-Match, and the right one', async (method, body) => {
    const rule = await create();
    const send = () => one.request()[method](`/api/v1/rules/${rule.id}`).set(admin.bearer);
    const before = await revision();
    const without = await send().send(body);
    expect([without.status, without.body.code]).toEqual([428, 'precondition_required']);
    for (const stale of ['"7"', `W/${rule.etag}`, '"x"', '1', `"${rule.id}"`]) {
      const refused = await send().set('If-Match', stale).send(body);
      expect([stale, refused.status, refused.body.code]).toEqual([stale, 412, 'precondition_failed']);
    }
    expect(await revision(), 'a refused change is not a change').toBe(before);
    const done = await send().set('If-Match', `"99", ${rule.etag}`).send(body);
    expect(done.status).toBe(method === 'delete' ? 204 : 200);
    expect(await revision()).toBeGreaterThan(before);
  });

  it('takes * for whatever is there, and 404 for what is not', async () => {
    const rule = await create();
    await put(rule.id, '*', { name: 'any' }).expect(200);
    await one.request().delete(`/api/v1/rules/${rule.id}`).set(admin.bearer).set('If-Match', '*').expect(204);
    await get(rule.id).expect(404);
    await put(rule.id, '*', {}).expect(404);
    await get('not-a-uuid').expect(404);
  });

  it('lets exactly one of many simultaneous editors of two processes win, every time', async () => {
    for (let round = 0; round < 5; round += 1) {
      const rule = await create();
      const before = await revision();
      const editors = Array.from({ length: 8 }, (_, index) =>
        put(rule.id, rule.etag, { name: `editor ${index}` }, index % 2 === 0 ? one : two),
      );
      const replies = await Promise.all(editors);
      const won = replies.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      expect(replies.filter(({ status }) => status === 412)).toHaveLength(7);
      expect((await get(rule.id)).body.name).toBe(won[0]?.body.name);
      expect(await revision()).toBe(before + 1);
      expect(await auditOf(rule.id), 'no entry without its change').toHaveLength(2);
    }
  });

  it('counts every change of two processes once', async () => {
    const before = await revision();
    await Promise.all(Array.from({ length: 20 }, (_, index) => create({}, index % 2 === 0 ? one : two)));
    expect(await revision()).toBe(before + 20);
  });

  it('records who changed what', async () => {
    const rule = await create();
    const changed = await patch(rule.id, rule.etag, { priority: 7, dst_port_max: 25 }).expect(200);
    await one
      .request()
      .delete(`/api/v1/rules/${rule.id}`)
      .set(admin.bearer)
      .set('If-Match', changed.headers.etag as string)
      .expect(204);
    const entries = await auditOf(rule.id);
    expect(entries.map(({ action }) => action)).toEqual(['rule.created', 'rule.updated', 'rule.deleted']);
    expect(new Set(entries.map(({ actor_email }) => actor_email))).toEqual(new Set([admin.email]));
    expect(entries[0]?.changes).toMatchObject({ name: { to: 'no telnet' } });
    expect(entries[1]?.changes).toEqual({
      priority: { from: 1000, to: 7 },
      dst_port_max: { from: 23, to: 25 },
    });
    expect(entries[2]?.changes).toMatchObject({ priority: { from: 7 } });
  });
});

describe('listing', () => {
  let lists: TestApp;
  let person: Person;

  beforeAll(async () => {
    lists = await startTestApp();
    person = await lists.person('admin');
    for (let index = 0; index < 25; index += 1) {
      await lists
        .request()
        .post('/api/v1/rules')
        .set(person.bearer)
        .send({
          name: `rule ${index}${index === 3 ? ' 100%_ÄRGER' : ''}`,
          description: index === 4 ? 'The Needle' : '',
          action: index % 2 === 0 ? 'allow' : 'drop',
          protocol: index % 3 === 0 ? 'udp' : 'any',
          enabled: index % 5 !== 0,
          priority: index % 4,
        })
        .expect(201);
    }
  });

  afterAll(() => lists.close());

  async function page(query: string) {
    const reply = await lists.request().get(`/api/v1/rules?${query}`).set(person.bearer);
    expect(reply.status, JSON.stringify(reply.body)).toBe(200);
    return reply.body as {
      items: { id: string; name: string; priority: number }[];
      next_cursor: string | null;
      pagination?: object;
    };
  }

  async function walk(query: string) {
    const items = [];
    let cursor: string | null = null;
    do {
      const reply = await page(`${query}&limit=7${cursor ? `&cursor=${cursor}` : ''}`);
      items.push(...reply.items);
      cursor = reply.next_cursor;
    } while (cursor);
    return items;
  }

  it.each([
    'priority',
    '-priority',
    'name',
    '-name',
    'created_at',
    '-created_at',
    'updated_at',
    '-updated_at',
  ])('walks all in order of %s, each once', async (sort) => {
    const items = await walk(`sort=${sort}`);
    expect(new Set(items.map(({ id }) => id)).size).toBe(25);
    const field = sort.replace('-', '') as 'priority';
    const keys = items.map((item) => item[field]);
    const sorted = keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    expect(keys).toEqual(sort.startsWith('-') ? sorted.reverse() : sorted);
  });

  it('is in matching order by default: priority, then id', async () => {
    const items = await walk('');
    expect(items).toEqual(items.toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1)));
  });

  it.each([
    ['q=needle', 1],
    ['q=rule', 25],
    ['q=RULE+3', 1],
    ['q=100%25_%C3%A4rger', 1],
    ['q=%C3%A4rger', 1],
    ['q=eedle', 0],
    ['q=%25', 0],
    ['q=_', 0],
    ['q=!', 0],
    ['q=rule&action=drop&enabled=false', 2],
    ['action=drop', 12],
    ['protocol=udp', 9],
    ['enabled=false', 5],
    ['action=allow&protocol=udp&enabled=true', 4],
  ])('finds with %s', async (query, count) => {
    expect((await page(`${query}&limit=100`)).items).toHaveLength(count);
  });

  it('counts pages for people', async () => {
    const reply = await page('page=3&per_page=10');
    expect(reply.items).toHaveLength(5);
    expect(reply.pagination).toEqual({
      page: 3,
      per_page: 10,
      total: 25,
      pages: 3,
      total_is_capped: false,
    });
  });

  it.each([
    'limit=101',
    'limit=0',
    'sort=rate_pps',
    'action=x',
    'enabled=1',
    'cursor=abc',
    // A priority beyond 32 bits.
    `cursor=${btoa('["priority",9000000000,"x"]')}`,
    'q=%07',
    'frobnicate=1',
  ])('refuses %s', async (query) => {
    await lists.request().get(`/api/v1/rules?${query}`).set(person.bearer).expect(422);
  });
});
