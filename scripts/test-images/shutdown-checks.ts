import assert from 'node:assert/strict';
import type { ServiceName } from '../processes/child-process.ts';
import { patient } from '../processes/patience.ts';
import type { ServiceProcess } from '../processes/service-process.ts';
import { waitUntil } from '../processes/wait-until.ts';
import type { Checklist } from '../suites/checklist.ts';
import { GRACE_PERIOD_MS, runContainer } from './container.ts';
import { type ContainerStack, restricted } from './container-stack.ts';
import { type Load, type LoadOptions, startLoad } from './load.ts';
import { openServiceAddress, type ServiceAddress } from './service-address.ts';
import type { Store } from './store.ts';

const CLIENTS = 8;
/** Answers that must come before and after each step, so that it happens under load. */
const SOME = 300;

/** Rollouts and ends, as a cluster does them, while clients ask without a pause. */
export async function checkShutdown(
  checks: Checklist,
  store: Store,
  stack: ContainerStack,
  images: Record<ServiceName, string>,
): Promise<void> {
  const token = await checks.check('shutdown: sign in', () => signIn(stack));
  if (!token) return;
  await checks.check('api: a rollout under load loses no request', async () => {
    await using address = await openServiceAddress([stack.api.listen.http]);
    await using webui = await stack.start('webui', { API_URL: address.url });
    await rollOut(stack, 'api', stack.api, address, { url: `http://${webui.listen.http}`, token });
  });
  await checks.check('webui: a rollout under load loses no request', async () => {
    await using api = await stack.start('api');
    stack.env.webui.API_URL = `http://${api.listen.http}`;
    const old = await stack.start('webui');
    await using address = await openServiceAddress([old.listen.http]);
    await rollOut(stack, 'webui', old, address, { url: address.url, token });
  });
  await checks.check('fastpath: ends by itself on SIGTERM', async () => {
    assert.deepEqual(await stack.fastpath.stop(), { code: 0, signal: null });
  });
  for (const command of [
    ['node', 'src/main.ts'],
    ['node', 'src/migrate.ts'],
  ]) {
    await checks.check(`${command[1]}: SIGTERM ends it also while it waits for a database`, () =>
      checkEarlyEnd(store, stack, images.api, command),
    );
  }
}

/** A new instance first, then the end of the old one; clients keep their connections all the time. */
async function rollOut(
  stack: ContainerStack,
  name: ServiceName,
  old: ServiceProcess,
  address: ServiceAddress,
  target: Omit<LoadOptions, 'clients'>,
): Promise<void> {
  const load = startLoad({ ...target, clients: CLIENTS });
  try {
    await more(load);
    const next = await stack.start(name);
    address.add(next.listen.http);
    await waitUntil('the new instance to be ready', () => address.ready().includes(next.listen.http));
    await more(load);
    const started = performance.now();
    const exit = await old.stop();
    const ms = performance.now() - started;
    assert.deepEqual(exit, { code: 0, signal: null });
    assert.ok(ms < patient(GRACE_PERIOD_MS), `took ${ms.toFixed(0)} ms`);
    await more(load);
  } finally {
    const wrong = await load.stop();
    assert.deepEqual(
      wrong.slice(0, 10),
      [],
      `${wrong.length} of ${wrong.length + load.answered()} requests were lost`,
    );
  }
}

async function more(load: Load): Promise<void> {
  const wanted = load.answered() + SOME;
  await waitUntil('answers', () => load.answered() >= wanted, { deadlineMs: patient(30_000) });
}

async function signIn({ apiUrl, admin }: ContainerStack): Promise<string> {
  const response = await fetch(`${apiUrl}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(admin),
  });
  assert.equal(response.status, 200);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** The first process of a container gets no default action of the kernel: what is not handled is ignored. */
async function checkEarlyEnd(
  store: Store,
  { env }: ContainerStack,
  image: string,
  command: readonly string[],
): Promise<void> {
  const nobody = {
    DATABASE_URL: 'postgres://a:b@127.0.0.1:1/c',
    DB_MAX_RETRIES: '1000',
    METRICS_PORT: '0',
    PORT: '0',
  };
  const container = runContainer(store.engine, { ...restricted(image, { ...env.api, ...nobody }), command });
  try {
    await waitUntil('a word about the database', () =>
      container.logs.some(({ line }) => /database/i.test(line)),
    );
    container.signal('SIGTERM');
    const ended = container.exited.then(() => true);
    assert.ok(await Promise.race([ended, after(patient(10_000))]), 'it went on for 10 s');
  } finally {
    container.signal('SIGKILL');
    await container.exited;
  }
}

function after(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, ms, false).unref());
}
