import { afterAll, describe, expect, test } from 'vitest';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { createTrafficSender } from '../../scripts/traffic/traffic-sender.ts';
import { dataTarget } from '../harness/data-target.ts';
import { RAISE_MS } from '../harness/fault-stage.ts';
import { type GrpcClient, type GrpcStatus, grpcClient } from '../harness/grpc.ts';
import { metric, readMetrics } from '../harness/metrics.ts';
import { REPLICAS, type ReplicaStage, raiseReplicas, shares } from '../harness/replica-stage.ts';
import { writeRules } from '../harness/rule-writer.ts';
import { settled } from '../harness/settled.ts';
import { type EventStream, openEvents } from '../harness/sse.ts';
import type { Rule, RuleCounters, Stats } from '../harness/types.ts';
import { untilEnforced } from '../harness/until-enforced.ts';
import { withServers } from '../harness/with-servers.ts';

const FASTPATHS = 2;
/** Of addresses that no test sends from. */
const RULE = { action: 'drop', protocol: 'udp', src_cidr: '192.0.2.1/32' } as const;

type InstanceStats = Stats & { address: string; reachable: boolean };
type MergedStats = Stats & { instances: InstanceStats[] };

describe('three API processes and two fast paths on one PostgreSQL, behind a round-robin proxy', () => {
  let stage: ReplicaStage;
  let guards: GrpcClient[];
  const raise = async () => {
    stage = await raiseReplicas({ fastpaths: FASTPATHS, env: { RECONCILE_INTERVAL_MS: '250' } });
    guards = stage.stack.fastpaths.map(({ listen }) => grpcClient(listen.grpc, stage.stack.fastpathSecret));
    for (const admin of stage.admins) await untilEnforced(admin);
  };
  withServers(['postgres'], raise, RAISE_MS);
  afterAll(async () => {
    for (const guard of guards ?? []) guard.close();
    await stage?.[Symbol.asyncDispose]();
  });

  describe('rules', () => {
    const versionOf = async (guard: GrpcClient) => (await guard.call<GrpcStatus>('GetStatus')).rules;
    const desired = async () => (await stage.admin.status()).desired.revision;

    /** Every replica says that both fast paths enforce what the database holds. */
    async function untilAllSay(): Promise<void> {
      for (const admin of stage.admins) {
        await untilEnforced(admin);
        expect((await admin.status()).instances).toHaveLength(FASTPATHS);
      }
    }

    async function runs(outcome: 'unchanged' | 'applied'): Promise<number[]> {
      const pages = stage.stack.apis.map(({ listen }) => readMetrics(`http://${listen.metrics}`));
      return (await Promise.all(pages)).map((page) =>
        metric(page, 'fastpath_reconcile_runs_total', { outcome }),
      );
    }

    /** So many more comparisons of every replica with every fast path have found nothing to do. */
    async function untilCompared(rounds: number): Promise<void> {
      const before = await runs('unchanged');
      await waitUntil(`${rounds} rounds of every reconciler`, async () =>
        (await runs('unchanged')).every((now, i) => now - before[i]! >= rounds * FASTPATHS),
      );
    }

    test('writers with one ETag through different replicas: one wins, the others are told', async () => {
      const { id } = await stage.admin.createRule({ name: 'contested', ...RULE });
      for (let round = 0; round < 5; round++) {
        const reads = await Promise.all(stage.admins.map((admin) => admin.send('GET', `/rules/${id}`)));
        const etags = new Set(reads.map(({ headers }) => headers.get('etag')));
        expect(etags.size, 'all replicas name the same version').toBe(1);
        const [etag] = [...etags];
        const writers = [...stage.admins, ...stage.admins];
        const replies = await Promise.all(
          writers.map((admin, n) =>
            admin.send<Rule>('PATCH', `/rules/${id}`, {
              body: { name: `round ${round} by ${n}` },
              headers: { 'if-match': etag! },
            }),
          ),
        );
        expect(replies.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
        const winner = replies.findIndex(({ status }) => status === 200);
        for (const admin of stage.admins)
          expect((await admin.get<Rule>(`/rules/${id}`)).name).toBe(`round ${round} by ${winner}`);
      }
    });

    test('writers who read again when they are told lose no change', async () => {
      const { id } = await stage.admin.createRule({ name: 'counted', ...RULE, priority: 0 });
      let taken: number[] = [];
      const increment = async () => {
        for (let status = 0; status !== 200; ) {
          const { body, headers } = await stage.admin.send<Rule>('GET', `/rules/${id}`);
          const change = {
            body: { priority: body.priority + 1 },
            headers: { 'if-match': headers.get('etag')! },
          };
          ({ status } = await stage.admin.send('PATCH', `/rules/${id}`, change));
          expect([200, 412]).toContain(status);
        }
      };
      const writer = async () => {
        for (let n = 0; n < 8; n++) await increment();
      };
      taken = await shares(stage.proxy, () => Promise.all([writer(), writer(), writer(), writer()]));
      expect((await stage.admin.get<Rule>(`/rules/${id}`)).priority).toBe(32);
      expect(Math.min(...taken), 'all replicas took part').toBeGreaterThan(0);
    });

    test('three reconcilers bring both fast paths forward only, and leave them alone at the end', async () => {
      let writing = true;
      const seen = guards.map(async (guard) => {
        const revisions: number[] = [];
        while (writing) revisions.push((await versionOf(guard))?.revision ?? 0);
        return revisions;
      });
      const writers = stage.admins.map((admin, i) => writeRules(admin, `many ${i}`));
      await waitUntil('20 writes through each', () => writers.every((writer) => writer.acknowledged >= 20));
      for (const writer of writers) writer.stop();
      await Promise.all(writers.map((writer) => writer.ended));
      expect(writers.flatMap((writer) => writer.refused)).toEqual([]);
      await untilAllSay();
      writing = false;
      for (const revisions of await Promise.all(seen)) {
        expect(revisions, 'a revision never goes back').toEqual(revisions.toSorted((a, b) => a - b));
        expect(new Set(revisions).size, 'the watch saw changes').toBeGreaterThan(3);
      }

      // Those that had begun before the last change may still apply it.
      await untilCompared(2);
      const status = () => Promise.all(guards.map((guard) => guard.call<GrpcStatus>('GetStatus')));
      const [before, applied] = [await status(), await runs('applied')];
      await untilCompared(8);
      expect(await runs('applied'), 'nobody applies anything any more').toEqual(applied);
      const after = await status();
      expect(after.map(({ rules, generation }) => ({ rules, generation }))).toEqual(
        before.map(({ rules, generation }) => ({ rules, generation })),
      );
      expect(after.map(({ rules }) => rules?.revision)).toEqual(Array(FASTPATHS).fill(await desired()));
    });

    test('a fast path that is killed gets its rules from whichever replica is first, and all see it', async () => {
      const [fastpath] = stage.stack.fastpaths;
      const address = fastpath!.listen.grpc;
      await fastpath!.kill();
      for (const admin of stage.admins) {
        await waitUntil('the loss is seen', async () =>
          (await admin.status()).instances.some((each) => each.address === address && !each.reachable),
        );
      }
      const rule = await stage.admin.createRule({ name: 'meanwhile', ...RULE, src_cidr: '198.51.100.7/32' });
      await waitUntil('the other one enforces it', async () => {
        return (await versionOf(guards[1]!))?.revision === (await desired());
      });
      await fastpath!.restart();
      await untilAllSay();
      const flow = {
        src_addr: '198.51.100.7',
        dst_addr: '192.0.2.9',
        protocol: 17,
        src_port: 1,
        dst_port: 2,
      };
      for (const guard of guards) {
        const reply = await guard.call<{ verdicts: object[] }>('Classify', { flows: [flow] });
        expect(reply.verdicts).toEqual([{ action: 'ACTION_DROP', rule_id: rule.id }]);
      }
    });
  });

  describe('statistics', () => {
    test('counters of both fast paths are added up, and every replica says the same', async () => {
      const counts = [200, 300];
      const flows = stage.stack.fastpaths.map((fastpath, i) => {
        return { name: `to ${i}`, target: dataTarget(fastpath, 4), rate: 400, count: counts[i]! };
      });
      const sender = await createTrafficSender({ flows });
      // One rule sees both flows, each on another fast path.
      const both = await stage.admin.createRule({ name: 'both', action: 'allow', priority: 0 });
      for (const admin of stage.admins) await untilEnforced(admin);
      const countersOf = () => Promise.all(stage.admins.map((admin) => admin.ruleCounters([both.id])));
      const statsOf = async () => {
        const all = await Promise.all(stage.admins.map((admin) => admin.get<MergedStats>('/fastpath/stats')));
        return all.map(({ time: _, instances, ...sums }) => ({
          ...sums,
          instances: instances.map(({ time: _, ...each }) => each),
        }));
      };
      const [before] = await settled('statistics', statsOf);
      sender.start();
      const { sent } = await sender.done;
      expect(sent).toBe(counts[0]! + counts[1]!);
      const [stats, counters] = [await settled('statistics', statsOf), await settled('counters', countersOf)];
      for (const each of stats) expect(each, 'every replica').toEqual(stats[0]);
      for (const each of counters) expect(each, 'every replica').toEqual(counters[0]);

      expect(counters[0]).toMatchObject({ unreachable: [] } as Partial<RuleCounters>);
      expect(counters[0]!.items).toMatchObject([{ rule_id: both.id, packets: sent }]);
      expect(stats[0]!.rx_packets - before!.rx_packets).toBe(sent);
      const byAddress = new Map(stage.stack.fastpaths.map(({ listen }, i) => [listen.grpc, counts[i]]));
      expect(stats[0]!.instances).toHaveLength(FASTPATHS);
      for (const [i, { address, rx_packets }] of stats[0]!.instances.entries())
        expect(rx_packets - before!.instances[i]!.rx_packets, address).toBe(byAddress.get(address));
      await stage.admin.deleteRule(both.id);
    });

    const latest = ({ events }: EventStream): MergedStats => JSON.parse(events.at(-1)!.data);
    const openStream = (base: string) => {
      const authorization = `Bearer ${stage.admin.login.access_token}`;
      return openEvents(`${base}/api/v1/fastpath/stats/stream`, { authorization, connection: 'close' });
    };
    const wholeOf = (stream: EventStream) =>
      waitUntil('both fast paths on the stream', () => {
        const { instances } = latest(stream);
        return instances.length === FASTPATHS && instances.every(({ reachable }) => reachable);
      });

    test('streams through all replicas at once see both fast paths; a replica that ends, ends its own cleanly', async () => {
      const streams: EventStream[] = [];
      const taken = await shares(stage.proxy, async () => {
        for (let i = 0; i < REPLICAS; i++) streams.push(await openStream(stage.proxy.url));
      });
      expect(taken, 'a stream through each replica').toEqual(Array(REPLICAS).fill(1));
      for (const stream of streams) await wholeOf(stream);
      const totals = () => streams.map((stream) => latest(stream).rx_packets);
      await waitUntil('the same figures on all streams', () => new Set(totals()).size === 1);

      const [leaving] = stage.stack.apis;
      const over = new Set<EventStream>();
      for (const stream of streams) stream.ended.then(() => over.add(stream)).catch(() => {});
      expect(await leaving!.stop()).toEqual({ code: 0, signal: null });
      await waitUntil('the end of a stream', () => over.size > 0);
      const going = streams.filter((stream) => !over.has(stream));
      expect(going, 'the others go on').toHaveLength(REPLICAS - 1);
      const received = going.map(({ events }) => events.length);
      await waitUntil('more events on the others', () =>
        going.every(({ events }, i) => events.length > received[i]! + 1),
      );
      expect(over.size).toBe(1);

      const again = await openStream(stage.proxy.url);
      expect(again.status, 'who reconnects gets another replica').toBe(200);
      await waitUntil('an event', () => again.events.length > 0);
      await wholeOf(again);
      for (const stream of [again, ...streams]) stream.close();
      await leaving!.restart();
      await waitUntil('it is back behind the proxy', () => stage.proxy.isReady(leaving!.listen.http));
    });
  });
});
