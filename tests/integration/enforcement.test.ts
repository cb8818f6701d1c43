import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { patient } from '../../scripts/processes/patience.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { type Client, signInAdmin } from '../harness/client.ts';
import { dataTarget } from '../harness/data-target.ts';
import { startTraffic, type Traffic } from '../harness/traffic.ts';
import type { Rule, RuleInput } from '../harness/types.ts';
import { untilEnforced } from '../harness/until-enforced.ts';

/** The product's promise: a rule saved is a rule enforced within this time. */
const ENFORCED_MS = patient(1_000);
/** Over which a rate is measured. */
const WINDOW_MS = 3_000;

describe('rules on real traffic', () => {
  let stack: Stack;
  let admin: Client;
  let traffic: Traffic;
  beforeAll(async () => {
    stack = await startStack({ webui: 0 });
    admin = await signInAdmin(stack);
  });
  afterAll(() => stack?.stop());

  beforeEach(async () => {
    const [v4, v6] = [dataTarget(stack.fastpath, 4), dataTarget(stack.fastpath, 6)];
    traffic = await startTraffic([
      { name: 'small', target: v4, rate: 200, size: 16 },
      { name: 'large', target: v4, rate: 50, size: 1_400 },
      { name: 'busy', target: v4, rate: 500, size: 200 },
      { name: 'six', target: v6, rate: 100, size: 64 },
      { name: 'six-busy', target: v6, rate: 500, size: 300 },
    ]);
    return () => traffic.stop();
  });

  const only = (name: string, rule: Partial<RuleInput>): RuleInput => ({
    name: `only ${name}`,
    action: 'drop',
    protocol: 'udp',
    src_port_min: traffic.flow(name).src_port,
    src_port_max: traffic.flow(name).src_port,
    ...rule,
  });
  /** Ends the traffic: every packet of every flow but this one was answered. */
  const nothingElseLost = async (name?: string) => {
    const report = await traffic.stop();
    const others = report.flows.filter((flow) => flow.name !== name);
    expect(others.map((flow) => [flow.name, flow.received])).toEqual(
      others.map((flow) => [flow.name, flow.sent]),
    );
  };

  test.each([
    ['small', { src_cidr: '127.0.0.0/8' }],
    ['six', { src_cidr: '::1/128', dst_cidr: '::/0' }],
  ])(
    'a drop rule silences flow %s within 1 s and no other; deletion restores it within 1 s',
    async (name, match) => {
      const rule = await admin.createRule(only(name, match));
      await untilEnforced(admin, ENFORCED_MS);
      await traffic.staysSilent(name);

      await admin.deleteRule(rule.id);
      await traffic.isAnswered(name, ENFORCED_MS);
      await nothingElseLost(name);
    },
  );

  test('a disabled rule lets pass, enabling it silences, an allow rule before it restores', async () => {
    const rule = await admin.createRule(only('small', { enabled: false, priority: 100 }));
    const { sent } = traffic.flow('small');
    await waitUntil('100 more packets', () => traffic.flow('small').sent >= sent + 100);
    await waitUntil('all answered', () => traffic.flow('small').received === traffic.flow('small').sent);

    const body = { enabled: true };
    const patched = await admin.send('PATCH', `/rules/${rule.id}`, { body, headers: { 'if-match': '*' } });
    expect(patched.status, patched.text).toBe(200);
    await untilEnforced(admin, ENFORCED_MS);
    await traffic.staysSilent('small');

    const allow = await admin.createRule(only('small', { action: 'allow', priority: 99 }));
    await traffic.isAnswered('small', ENFORCED_MS);
    await admin.deleteRule(allow.id);
    await admin.deleteRule(rule.id);
    await nothingElseLost('small');
  });

  test.each(['busy', 'six-busy'])(
    'rate_limit 100/s lets 100±10 packets of %s through a second',
    async (name) => {
      const rule = await admin.createRule(only(name, { action: 'rate_limit', rate_pps: 100 }));
      await untilEnforced(admin, ENFORCED_MS);
      // The bucket starts full, so the first second also holds the burst; and a machine that stalls sends in bursts.
      const steadyFrom = performance.now() + 1_000 + WINDOW_MS;
      const rate = () => traffic.repliesInTheLast(WINDOW_MS, name) / (WINDOW_MS / 1_000);
      await waitUntil(
        () => `${WINDOW_MS / 1_000} steady seconds; in the last ones ${rate()} packets/s`,
        () => performance.now() >= steadyFrom && Math.abs(rate() - 100) <= 10,
        { deadlineMs: patient(15_000) },
      );
      await admin.deleteRule(rule.id);
      await waitUntil('the full rate again', () => traffic.repliesInTheLast(500, name) > 200, {
        deadlineMs: ENFORCED_MS + 500,
      });
      await nothingElseLost(name);
    },
  );

  test('rules that differ in one field from the traffic touch nothing', async () => {
    const misses: RuleInput[] = [
      only('small', { name: 'other protocol', protocol: 'tcp' }),
      only('small', { name: 'other family', src_cidr: '::/0' }),
      only('small', { name: 'other source', src_cidr: '127.0.1.0/24' }),
      only('small', { name: 'other destination', dst_cidr: '10.0.0.0/8' }),
      only('small', { name: 'other port', dst_port_min: 1, dst_port_max: 1 }),
      only('small', { name: 'icmp', protocol: 'icmp', src_port_min: null, src_port_max: null }),
    ];
    const rules: Rule[] = [];
    for (const rule of misses) rules.push(await admin.createRule(rule));
    await untilEnforced(admin);
    const { sent } = traffic.flow('small');
    await waitUntil('100 more packets', () => traffic.flow('small').sent >= sent + 100);
    await nothingElseLost();
    const { items } = await admin.ruleCounters(rules.map(({ id }) => id));
    for (const rule of rules) {
      expect(items.find((item) => item.rule_id === rule.id)?.packets, rule.name).toBe(0);
      await admin.deleteRule(rule.id);
    }
  });
});
