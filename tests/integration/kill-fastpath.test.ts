import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patient } from '../../scripts/processes/patience.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { type Client, signInAdmin } from '../harness/client.ts';
import { dataTarget } from '../harness/data-target.ts';
import { startTraffic, type Traffic } from '../harness/traffic.ts';
import type { Problem } from '../harness/types.ts';
import { untilEnforced } from '../harness/until-enforced.ts';

/** The product's promise after a crash of the fast path. */
const ENFORCED_AGAIN_MS = patient(5_000);

describe('the fast path dies under traffic', () => {
  let stack: Stack;
  let admin: Client;
  let traffic: Traffic;
  beforeAll(async () => {
    stack = await startStack({ webui: 0 });
    admin = await signInAdmin(stack);
    const target = dataTarget(stack.fastpath, 4);
    traffic = await startTraffic([
      { name: 'guarded', target, rate: 300 },
      { name: 'free', target, rate: 300 },
    ]);
    const { src_port } = traffic.flow('guarded');
    await admin.createRule({
      name: 'guard',
      action: 'drop',
      src_port_min: src_port,
      src_port_max: src_port,
    });
    await untilEnforced(admin);
  });
  afterAll(async () => {
    await traffic?.stop();
    await stack?.stop();
  });

  test.each([1, 2])(
    'SIGKILL: traffic flows again and the rules are enforced within 5 s of the restart (%i)',
    async () => {
      await waitUntil('traffic', () => traffic.repliesInTheLast(280, 'free') > 20);
      await stack.fastpath.kill();
      const status = await waitUntil('the loss is seen', async () => {
        const answer = await admin.status();
        return answer.instances.some((each) => !each.reachable) ? answer : undefined;
      });
      expect(status.instances[0]).toMatchObject({
        reachable: false,
        in_sync: false,
        error: expect.any(String),
      });
      const stats = await admin.send<Problem>('GET', '/fastpath/flows');
      expect(stats.status).toBe(503);
      expect(stats.body.code).toBe('fastpath_unavailable');
      expect(Number(stats.headers.get('retry-after'))).toBeGreaterThan(0);
      const readiness = await fetch(`${stack.apiUrl}/readyz`);
      expect(readiness.status, 'the API serves without it').toBe(200);
      expect(await readiness.json()).toMatchObject({ status: 'degraded' });

      await stack.fastpath.restart();
      await untilEnforced(admin, ENFORCED_AGAIN_MS);
      await traffic.staysSilent('guarded');
      await waitUntil('the other traffic', () => traffic.repliesInTheLast(1_500, 'free') > 300);
      expect((await admin.status()).instances[0]).toMatchObject({ reachable: true, in_sync: true });
      await waitUntil('the API is whole again', async () => {
        return (
          ((await (await fetch(`${stack.apiUrl}/readyz`)).json()) as { status: string }).status === 'ready'
        );
      });
    },
  );

  test('SIGTERM under traffic ends with exit code 0', async () => {
    expect(await stack.fastpath.stop()).toEqual({ code: 0, signal: null });
    await stack.fastpath.restart();
  });
});
