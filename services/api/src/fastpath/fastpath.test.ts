import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, startTestApp, type TestApp } from '../testing/test-app.ts';
import type { FlowStats } from './gen/fastpath/v1/FlowStats.ts';
import type { RuleCounter } from './gen/fastpath/v1/RuleCounter.ts';
import { type LinkedApps, startLinkedApps } from './testing/linked-apps.ts';

const poll = { timeout: 120_000, interval: 10 };

function flow(
  bytes: number,
  packets: number,
  ports: { src_port: number; dst_port: number } | null,
): FlowStats {
  return {
    flow: { src_addr: '10.0.0.1', dst_addr: '10.0.0.2', protocol: ports ? 17 : 1, ...ports },
    packets,
    bytes,
    dropped_packets: 1,
    first_seen_ms: 1_700_000_000_000,
    last_seen_ms: 1_700_000_000_123,
    verdict: ports ? { action: 'ACTION_DROP', rule_id: 'r1' } : { action: 'ACTION_ALLOW', rule_id: '' },
  };
}

describe('views of two fast paths', () => {
  let linked: LinkedApps;

  beforeAll(async () => {
    linked = await startLinkedApps({ fakes: 2 });
    const [a, b] = linked.fakes;
    const traffic = { rx_packets: 10, rx_bytes: 1000, tx_packets: 5, passed_packets: 2 };
    a!.stats = { ...traffic, drops: [{ reason: 'rule', packets: 3 }] };
    b!.stats = { rx_packets: 5, rx_bytes: 500, consumed_packets: 1, drops: [{ reason: 'rule', packets: 4 }] };
    a!.flows = [flow(100, 9, { src_port: 1, dst_port: 7000 }), flow(300, 1, null)];
    b!.flows = [flow(200, 2, { src_port: 0, dst_port: 7001 })];
    a!.counters = [{ rule_id: 'r1', packets: 3, bytes: 30, dropped_packets: 1 }];
    b!.counters = [
      { rule_id: 'r1', packets: 4, bytes: 40, dropped_packets: 2 },
      { rule_id: 'r2', packets: 1, bytes: 10, dropped_packets: 0 },
    ];
  });

  afterAll(() => linked.close());

  const get = (path: string) =>
    linked.apps[0]!.request().get(`/api/v1/fastpath${path}`).set(linked.admin.bearer);
  const post = (path: string) =>
    linked.apps[0]!.request().post(`/api/v1/fastpath${path}`).set(linked.admin.bearer);

  it('sums the statistics and keeps those of each instance', async () => {
    const { body } = await get('/stats').expect(200);
    expect(body).toMatchObject({
      rx_packets: 15,
      rx_bytes: 1500,
      tx_packets: 5,
      consumed_packets: 1,
      passed_packets: 2,
      drops: { rule: 7 },
    });
    const byAddress = Object.fromEntries(
      body.instances.map((part: { address: string }) => [part.address, part]),
    );
    expect(byAddress[linked.fakes[0]!.address]).toMatchObject({
      reachable: true,
      rx_packets: 10,
      drops: { rule: 3 },
    });
    await expect.poll(() => linked.fakes.map(({ open }) => open.watch), poll).toEqual([0, 0]);
  });

  it('merges the flows: the largest of all instances', async () => {
    const { body } = await get('/flows?limit=2').expect(200);
    expect(body.items.map(({ bytes }: { bytes: number }) => bytes)).toEqual([300, 200]);
    expect(body.items).toMatchObject([
      {
        instance: linked.fakes[0]!.address,
        src_port: null,
        dst_port: null,
        verdict: { action: 'allow', rule_id: null },
      },
      {
        instance: linked.fakes[1]!.address,
        src_port: 0,
        dst_port: 7001,
        verdict: { action: 'drop', rule_id: 'r1' },
      },
    ]);
    expect(body.items[0].last_seen_at).toBe('2023-11-14T22:13:20.123Z');
    expect(body.flows_active).toBe(3);
    const byPackets = await get('/flows?order=packets').expect(200);
    expect(byPackets.body.items.map(({ packets }: { packets: number }) => packets)).toEqual([9, 2, 1]);
    await get('/flows?limit=1001').expect(422);
  });

  const [first, second, third] = [1, 2, 3].map((n) => `01900000-0000-7000-8000-00000000000${n}`);
  const counter = (rule_id: string | undefined, packets: number) => ({
    rule_id: rule_id!,
    packets,
    bytes: packets * 10,
    dropped_packets: packets - 1,
  });

  async function withCounters(of: RuleCounter[][], check: () => Promise<void>) {
    const before = linked.fakes.map(({ counters }) => counters);
    for (const [index, fake] of linked.fakes.entries()) fake.counters = of[index]!;
    try {
      await check();
    } finally {
      for (const [index, fake] of linked.fakes.entries()) fake.counters = before[index]!;
    }
  }

  it('sums the counters of the busiest rules, those too that are not among the busiest everywhere', async () => {
    const { body } = await get('/rules').expect(200);
    expect(body).toEqual({
      items: [
        { rule_id: 'r1', packets: 7, bytes: 70, dropped_packets: 3 },
        { rule_id: 'r2', packets: 1, bytes: 10, dropped_packets: 0 },
      ],
      unmatched: { packets: 6, bytes: 600 },
      unreachable: [],
    });
    const of = [
      [counter(first, 5), counter(second, 9), counter(third, 1)],
      [counter(first, 2), counter(second, 3), counter(third, 7)],
    ];
    await withCounters(of, async () => {
      const { items } = (await get('/rules?limit=2').expect(200)).body;
      expect(items).toMatchObject([
        { rule_id: second, packets: 12, bytes: 120, dropped_packets: 10 },
        { rule_id: third, packets: 8, bytes: 80, dropped_packets: 6 },
      ]);
    });
  });

  it.each([
    ['fast paths that know the filter', 100_000],
    ['a fast path of an older release, which answers every rule', 0],
  ])('answers the counters of the rules asked for, in that order: %s', async (_, maxRules) => {
    const of = [
      [counter(first, 5), counter(third, 1)],
      [counter(first, 2), counter(second, 3)],
    ];
    linked.fakes[0]!.maxRules = maxRules;
    await withCounters(of, async () => {
      const unknown = '01900000-0000-7000-8000-00000000000f';
      const { items } = (await get(`/rules?rule_ids=${third},${unknown},${first},${third}`).expect(200)).body;
      expect(items).toMatchObject([
        { rule_id: third, packets: 1 },
        { rule_id: first, packets: 7 },
      ]);
      const repeated = await get(`/rules?rule_ids=${first}&rule_ids=${second}`).expect(200);
      expect(repeated.body.items.map(({ packets }: { packets: number }) => packets)).toEqual([7, 3]);
    }).finally(() => (linked.fakes[0]!.maxRules = 100_000));
  });

  it('refuses more rules than it answers for in one go', async () => {
    const ids = (count: number) => Array.from({ length: count }, () => uuidv7()).join(',');
    await get(`/rules?rule_ids=${ids(200)}`).expect(200);
    const limit = '/rules?limit=';
    for (const path of [
      `/rules?rule_ids=${ids(201)}`,
      '/rules?rule_ids=',
      '/rules?rule_ids=r1',
      `${limit}1001`,
    ])
      await get(path).expect(422);
    await get(`${limit}5&rule_ids=${first}`).expect(422);
  });

  it('asks what would happen to flows', async () => {
    const { id } = await linked.createRule({ dst_port_min: 5353 });
    await expect
      .poll(() => linked.fakes.every(({ applied }) => applied?.rules.length === 1), poll)
      .toBe(true);
    const base = { src_addr: '10.0.0.1', dst_addr: '10.0.0.2', protocol: 17 };
    const { body } = await post('/classify')
      .send({ flows: [{ ...base, src_port: 1, dst_port: 5353 }, base] })
      .expect(200);
    expect(body.items).toEqual([
      { action: 'drop', rule_id: id },
      { action: 'allow', rule_id: null },
    ]);
    const refused = await post('/classify').send({ flows: [{ ...base, dst_addr: '::1' }] });
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, 'flows.0.dst_addr']);
    const many = Array.from({ length: 10_000 }, () => ({ ...base, src_port: 65_535, dst_port: 5353 }));
    expect((await post('/classify').send({ flows: many }).expect(200)).body.items).toHaveLength(10_000);
    await post('/classify')
      .send({ flows: [...many, base] })
      .expect(422);
  });

  it('goes on with the instances that are left, says which are missing, and then that none is', async () => {
    linked.fakes[1]!.kill();
    const gone = linked.fakes[1]!.address;
    const flows = await get('/flows').expect(200);
    expect(flows.body.unreachable).toEqual([gone]);
    const stats = await get('/stats').expect(200);
    expect(stats.body.rx_packets).toBe(10);
    expect(stats.body.instances.find(({ address }: { address: string }) => address === gone)).toMatchObject({
      reachable: false,
      error: expect.any(String),
    });
    await post('/classify')
      .send({ flows: [{ src_addr: '::1', dst_addr: '::2', protocol: 6 }] })
      .expect(200);

    linked.fakes[0]!.kill();
    for (const path of ['/flows', '/stats', '/rules']) {
      const reply = await get(path);
      expect([path, reply.status, reply.body.code]).toEqual([path, 503, 'fastpath_unavailable']);
      expect(reply.headers['retry-after']).toBe('2');
    }
    for (const [path, body] of [
      ['/classify', { flows: [{ src_addr: '::1', dst_addr: '::2', protocol: 6 }] }],
      ['/captures', {}],
    ] as const) {
      const reply = await post(path).send(body);
      expect([path, reply.status, reply.body.code]).toEqual([path, 503, 'fastpath_unavailable']);
    }
    const status = await get('/status').expect(200);
    expect(status.body.instances).toHaveLength(2);

    await linked.restart(0);
    await expect.poll(async () => (await get('/stats')).status, poll).toBe(200);
  });
});

describe('without a fast path', () => {
  let app: TestApp;
  let admin: Person;

  beforeAll(async () => {
    app = await startTestApp();
    app.ctx.lifecycle.start();
    admin = await app.person('admin');
  });

  afterAll(() => app.close());

  it('works, and says that there is none', async () => {
    const rule = { name: 'saved all the same', action: 'allow' };
    await app.request().post('/api/v1/rules').set(admin.bearer).send(rule).expect(201);
    const { body } = await app.request().get('/api/v1/fastpath/status').set(admin.bearer).expect(200);
    expect(body).toMatchObject({ enabled: false, instances: [], desired: { revision: 2 } });
    expect((await app.request().get('/readyz').expect(200)).body.status).toBe('ready');
  });

  it.each(['/stats', '/stats/stream', '/flows', '/rules'])(
    'answers GET %s with fastpath_disabled',
    async (path) => {
      const reply = await app.request().get(`/api/v1/fastpath${path}`).set(admin.bearer).expect(404);
      expect(reply.body.code).toBe('fastpath_disabled');
    },
  );

  it('answers captures and classification likewise', async () => {
    const flows = [{ src_addr: '::1', dst_addr: '::2', protocol: 6 }];
    for (const [path, body] of [
      ['/captures', {}],
      ['/classify', { flows }],
    ] as const) {
      const reply = await app
        .request()
        .post(`/api/v1/fastpath${path}`)
        .set(admin.bearer)
        .send(body)
        .expect(404);
      expect(reply.body.code).toBe('fastpath_disabled');
    }
  });
});
