import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import type { DatabaseServer } from '../../scripts/databases/server.ts';
import { patient } from '../../scripts/processes/patience.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { inRepository } from '../../scripts/repository.ts';
import { type Client, signInAdmin } from '../harness/client.ts';
import { RAISE_MS, startServer, temporaryFolder } from '../harness/fault-stage.ts';
import { type GrpcClient, type GrpcStatus, grpcClient } from '../harness/grpc.ts';
import type { Rule } from '../harness/types.ts';
import { withServers } from '../harness/with-servers.ts';

const TYPES = ['sqlite', 'postgres', 'mysql', 'mariadb'] as const;
/** With what the tests add: as many as there may be. */
const RULES = 100_000;
const CHANGES_PER_SECOND = 50;
const APPLIED_WITHIN = { deadlineMs: patient(90_000), intervalMs: 50 };

/** Requests that are answered, at the least, while all rules are read and sent. In one go it would be a few. */
const ANSWERED = 20;

const run = promisify(execFile);

describe.each(TYPES)(`${RULES} rules in %s`, { timeout: patient(300_000) }, (type) => {
  const undo = new AsyncDisposableStack();
  let stack: Stack;
  let admin: Client;
  let guard: GrpcClient;

  const raise = async () => {
    const api = type === 'sqlite' ? {} : await serverEnv();
    stack = undo.use(await startStack({ webui: 0, env: { api } }));
    admin = await signInAdmin(stack);
    guard = grpcClient(stack.fastpath.listen.grpc, stack.fastpathSecret);
    undo.defer(() => guard.close());
  };
  withServers(type === 'sqlite' ? [] : [type], raise, RAISE_MS);
  afterAll(() => undo.disposeAsync());

  async function serverEnv() {
    const server: DatabaseServer = undo.use(await startServer(type as 'postgres', temporaryFolder(undo)));
    return { DB_TYPE: type, DB_NAME: '', DATABASE_URL: server.url() };
  }

  const theLast = async () => (await admin.get<{ items: Rule[] }>('/rules?q=the+last&limit=1')).items[0]!;
  const inSync = async () => (await admin.status()).instances.every((instance) => instance.in_sync);
  const verdictFor = async (src_addr: string) => {
    const flow = { src_addr, dst_addr: '192.0.2.1', protocol: 17, src_port: 1, dst_port: 2 };
    const { verdicts } = await guard.call<{ verdicts: object[] }>('Classify', { flows: [flow] });
    return verdicts[0];
  };

  /** Asks who it is, one request after the other, until all is enforced; tells how often it was answered before. */
  async function askUntilInSync(): Promise<number> {
    let answered = 0;
    const askedOnce = async () => {
      expect((await admin.send('GET', '/auth/me')).status).toBe(200);
      if (await inSync()) return true;
      answered += 1;
      return false;
    };
    await waitUntil('in sync', askedOnce, { ...APPLIED_WITHIN, intervalMs: 1 });
    return answered;
  }

  test('reach enforcement, the last one too', async () => {
    await waitUntil('the empty rule set', inSync);
    const generator = inRepository('services/api/scripts/generate-data.ts');
    const env = { ...process.env, ...stack.env.api };
    await run(process.execPath, [generator, '--rules', `${RULES - 1}`], { env });
    await askUntilInSync();

    const last = { name: 'the last', action: 'drop', src_cidr: '203.0.113.7/32', priority: 900_000 } as const;
    const { id } = await admin.createRule(last);
    await askUntilInSync();
    expect(await verdictFor('203.0.113.7')).toEqual({ action: 'ACTION_DROP', rule_id: id });
    const refused = await admin.send('POST', '/rules', { body: last });
    expect(refused.status, 'one more than the limit').toBe(409);
  });

  // How long a slice is: services/api/bench/rules-apply.bench.ts.
  test('are applied in slices, and requests are answered in between', async () => {
    const { id } = await theLast();
    const body = { priority: 800_000 };
    const reply = await admin.send('PATCH', `/rules/${id}`, { body, headers: { 'if-match': '*' } });
    expect(reply).toMatchObject({ status: 200 });
    expect(await askUntilInSync()).toBeGreaterThan(ANSWERED);
  });

  test('arrive while they are being changed all the time', async () => {
    const { id } = await theLast();
    const before = (await guard.call<GrpcStatus>('GetStatus')).rules!.revision;
    let [going, changes] = [true, 0];
    const change = async () => {
      for (; going; changes += 1) {
        const body = { priority: 900_000 + (changes % 1_000) };
        const reply = await admin.send('PATCH', `/rules/${id}`, { body, headers: { 'if-match': '*' } });
        expect(reply).toMatchObject({ status: 200 });
        await sleep(1000 / CHANGES_PER_SECOND);
      }
    };
    const arrive = waitUntil(
      'a rule set of the time of the changes',
      async () => (await guard.call<GrpcStatus>('GetStatus')).rules!.revision > before,
      APPLIED_WITHIN,
    );
    const stop = () => {
      going = false;
    };
    await Promise.all([change().finally(stop), arrive.finally(stop)]);
    await waitUntil('the newest rule set', inSync, APPLIED_WITHIN);
    const { desired } = await admin.status();
    expect(desired.revision).toBe(before + changes);
    expect(await verdictFor('203.0.113.7')).toEqual({ action: 'ACTION_DROP', rule_id: id });
  });
});
