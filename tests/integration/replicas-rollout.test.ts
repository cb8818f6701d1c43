import { afterAll, describe, expect, test } from 'vitest';
import { patient } from '../../scripts/processes/patience.ts';
import { type ServiceProcess, startService } from '../../scripts/processes/service-process.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { buildWebui } from '../../scripts/processes/webui-build.ts';
import type { Client } from '../harness/client.ts';
import { type Ledger, startLedger } from '../harness/fault-ledger.ts';
import { figures } from '../harness/fault-record.ts';
import { RAISE_MS } from '../harness/fault-stage.ts';
import { untilServed } from '../harness/fault-waits.ts';
import { REPLICAS, type ReplicaStage, raiseReplicas, startReadyProxy } from '../harness/replica-stage.ts';
import { type RoundRobinProxy, spread } from '../harness/round-robin-proxy.ts';
import { faultsOf } from '../harness/stored-state.ts';
import { withServers } from '../harness/with-servers.ts';

/** Longer than the proxy takes to see that a process is not ready any more, however busy the machine is. */
const SHUTDOWN_DELAY_MS = `${patient(1_000)}`;
const WEBUIS = 2;

describe('all processes are replaced one by one under load', { timeout: patient(180_000) }, () => {
  let stage: ReplicaStage;
  const raise = async () => {
    stage = await raiseReplicas({ env: { SHUTDOWN_DELAY_MS, DB_POOL_SIZE: '6' } });
  };
  withServers(['postgres'], raise, RAISE_MS);
  afterAll(() => stage?.[Symbol.asyncDispose]());

  async function start(name: 'api' | 'webui', env: Record<string, string>): Promise<ServiceProcess> {
    return stage.undo.use(await startService(name, env));
  }

  /** As a Deployment does with maxSurge 1 and maxUnavailable 0: the new one serves before the old one is told to stop. */
  async function replace(
    proxy: RoundRobinProxy,
    old: ServiceProcess,
    env: Record<string, string>,
  ): Promise<ServiceProcess> {
    const next = await start(old.name as 'api' | 'webui', env);
    const address = next.listen.http;
    proxy.add(address);
    await waitUntil(`${address} is ready`, () => proxy.isReady(address));
    expect(await old.stop()).toEqual({ code: 0, signal: null });
    proxy.remove(old.listen.http);
    return next;
  }

  async function replaceApis(): Promise<void> {
    const { apis, env } = stage.stack;
    for (let i = 0; i < REPLICAS; i++) apis[i] = await replace(stage.proxy, apis[i]!, env.api);
  }

  /** Every request was answered with success, and the database holds what was answered. */
  async function underLoad(client: Client, label: string, work: (ledger: Ledger) => Promise<void>) {
    const ledger = startLedger([client], { label, writersEach: 4, readersEach: 2 });
    try {
      await untilServed(ledger, 30);
      await work(ledger);
      await untilServed(ledger, 30);
    } finally {
      await ledger.stop();
    }
    console.info(`${label}: ${figures(ledger)}`);
    expect(ledger.wrong).toEqual([]);
    expect([...ledger.refusals.keys()]).toEqual([]);
    expect(stage.proxy.turnedAway).toBe(0);
    expect(await faultsOf(stage.store, ledger.entries, label)).toEqual([]);
  }

  test('the API: no request fails, no acknowledged write is lost', async () => {
    await underLoad(stage.admin, 'rolled', replaceApis);
  });

  test('the WebUIs in front, which keep their connections to the API, and the API behind them', async () => {
    await buildWebui();
    const env = { ...stage.stack.env.webui, API_URL: stage.proxy.url, SHUTDOWN_DELAY_MS };
    const webuis: ServiceProcess[] = [];
    for (let i = 0; i < WEBUIS; i++) webuis.push(await start('webui', env));
    const front = stage.undo.use(await startReadyProxy(webuis.map(({ listen }) => listen.http)));
    await underLoad(spread(stage.admin, front), 'through', async (ledger) => {
      await replaceApis();
      for (const webui of webuis) await replace(front, webui, env);
      await untilServed(ledger, 30);
    });
    expect(front.turnedAway).toBe(0);
  });
});
