// Runs inside of an emulated machine: the real fast path on its network card, and a peer on the wire.
// VM_ZERO_COPY=yes|no and VM_QUEUES say what the card can do.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { ServiceProcess } from '../../scripts/processes/service-process.ts';
import { type GrpcCounters, grpcClient } from '../harness/grpc.ts';
import { readMetrics } from '../harness/metrics.ts';
import {
  boundPages,
  cpusOfThreads,
  difference,
  readAccount,
  rxByWorker,
  SECRET,
  startFastpath,
} from './fastpath.ts';
import type { Received, Sending } from './peer-messages.ts';
import { calmWire, disturbWire, netemCounts, type Peer, run, startPeer } from './wire.ts';

const ZERO_COPY = process.env.VM_ZERO_COPY === 'yes';
const QUEUES = Number(process.env.VM_QUEUES);
const CPUS_OF_NODE_1 = ['2', '3'];
const SOURCE = '01900000-0000-7000-8000-000000000000';
const FAMILIES = [4, 6] as const;
/** Seconds on an emulated CPU. */
const CALL_WITHIN_MS = 60_000;
/** Enough flows that each queue gets some. */
const MANY_PORTS = Array.from({ length: 16 }, (_, i) => 20_000 + i);

const sumOf = (counts: Record<string, number>) => Object.values(counts).reduce((sum, n) => sum + n, 0);

suite('fast path', () => {
  let fastpath: ServiceProcess;
  let peer: Peer;
  before(async () => {
    peer = await startPeer();
    fastpath = await startFastpath();
  });
  after(async () => {
    peer?.close();
    await fastpath?.stop();
  });

  /** Sends from the peer; answers what came back and what the service counted meanwhile. */
  async function exchange(sending: Partial<Sending>) {
    const start = await readAccount(fastpath);
    const received = await peer.exchange({
      family: 4,
      sourcePorts: MANY_PORTS,
      size: 64,
      count: 640,
      lossy: false,
      ...sending,
    });
    return { received, account: difference(start, await readAccount(fastpath)) };
  }

  /** In whatever order: UDP promises none, and the peer's own kernel keeps none across its CPUs. */
  const allAnswered = ({ reordered }: Received, count: number): Received => ({
    sent: count,
    replies: count,
    distinct: count,
    reordered,
    wrong: 0,
  });

  test('its reason names the mode of the card and its node', async () => {
    const answer = await fetch(`http://${fastpath.listen.http}/status`);
    const status = (await answer.json()) as { mode: string; mode_reason: string; workers: number };
    assert.match(status.mode, /afxdp/i);
    assert.match(status.mode_reason, ZERO_COPY ? /zero-copy/ : /copy mode/);
    assert.match(status.mode_reason, /node 1/);
    assert.equal(status.workers, QUEUES);
  });

  test('the kernel says the same: the program is attached in native mode', () => {
    const [link] = JSON.parse(run('ip', '-j', '-d', 'link', 'show', 'card')) as [{ xdp?: { mode: number } }];
    assert.equal(link.xdp?.mode, 1, 'XDP_ATTACHED_DRV');
  });

  // Debian 12 has built its kernel without xsk_diag; there socket-checks.ts alone asks the kernel.
  if (ZERO_COPY) {
    test(`the kernel says the same: ${QUEUES} sockets, zero-copy`, () => {
      const sockets = run('ss', '--no-header', '--xdp', '--extended').trim();
      const modes = sockets.match(/\bumem\(.*?\)/g) ?? [];
      assert.equal(modes.length, QUEUES, sockets);
      assert.ok(
        modes.every((umem) => /\bzc:1\b/.test(umem)),
        sockets,
      );
    });
  }

  test('one thread for each queue, each on a CPU of node 1', () => {
    const pinned = cpusOfThreads(fastpath.pid).filter((cpus) => cpus !== '0-3');
    assert.equal(pinned.length, QUEUES, `CPUs of all threads: ${cpusOfThreads(fastpath.pid).join(' ')}`);
    assert.equal(new Set(pinned).size, QUEUES, 'no two on one CPU');
    assert.ok(
      pinned.every((cpus) => CPUS_OF_NODE_1.includes(cpus)),
      pinned.join(),
    );
  });

  test('its pools are on node 1 to the last page', () => {
    const pages = boundPages(fastpath.pid, 1);
    assert.deepEqual(Object.keys(pages), ['N1']);
    assert.ok(pages.N1! >= QUEUES * 2048, `${pages.N1} pages`);
  });

  for (const family of FAMILIES) {
    for (const size of [4, 64, 1400]) {
      test(`IPv${family}, ${size} bytes: every datagram comes back over the wire`, async () => {
        const { received, account } = await exchange({ family, size });
        assert.deepEqual(received, allAnswered(received, 640));
        assert.equal(account.rx, 640);
        assert.equal(account.tx, 640);
        assert.deepEqual(account.drops, {});
      });
    }
  }

  test('every queue has had its share', async () => {
    const share = rxByWorker(await readMetrics(`http://${fastpath.listen.http}`));
    assert.equal(share.length, QUEUES);
    assert.ok(
      share.every((packets) => packets > 0),
      share.join(),
    );
  });

  test('a rule drops in the kernel: no worker sees those packets', async () => {
    const grpc = grpcClient(fastpath.listen.grpc, SECRET, CALL_WITHIN_MS);
    try {
      const id = '01900000-0000-7000-8000-000000000001';
      const ports = { min: 20_000, max: 20_003 };
      const rule = { id, enabled: true, priority: 1, action: 'ACTION_DROP', protocol: 'PROTOCOL_UDP' };
      await grpc.call('ApplyRules', {
        version: { source_id: SOURCE, revision: 1 },
        rules: [{ ...rule, src_ports: ports }],
      });
      const { received, account } = await exchange({ count: 160, lossy: true });
      assert.deepEqual(received, { ...allAnswered(received, 120), sent: 160 });
      assert.deepEqual(account.drops, { rule: 40 });
      assert.equal(account.rx, 160);
      assert.equal(account.rxOfWorkers, 120);
      const { counters } = await grpc.call<GrpcCounters>('ListRuleCounters');
      assert.deepEqual(
        counters.map(({ rule_id, packets, dropped_packets }) => ({ rule_id, packets, dropped_packets })),
        [{ rule_id: id, packets: 40, dropped_packets: 40 }],
      );
      await grpc.call('ApplyRules', { version: { source_id: SOURCE, revision: 2 }, rules: [] });
    } finally {
      grpc.close();
    }
  });

  for (const family of FAMILIES) {
    test(`IPv${family} over a wire that loses, doubles and reorders: every packet is accounted for`, async () => {
      disturbWire();
      try {
        const start = netemCounts();
        const { received, account } = await exchange({ family, lossy: true });
        const end = netemCounts();
        assert.ok(end.lost > start.lost, 'the wire lost nothing');
        assert.ok(received.reordered > 0, 'the wire reordered nothing');
        assert.ok(received.replies > received.distinct, 'the wire doubled nothing');
        // All that came over the wire was either ours or passed on.
        assert.equal(account.rx + account.ignored, end.sent - start.sent);
        assert.equal(account.rx, account.tx + account.consumed + account.passed + sumOf(account.drops));
        assert.deepEqual(account.drops, {});
        assert.equal(received.replies, account.tx);
        assert.equal(received.wrong, 0);
        assert.ok(received.distinct < received.sent);
      } finally {
        calmWire();
      }
    });
  }

  test('after SIGKILL a restart works', async () => {
    await fastpath.kill();
    await fastpath.restart();
    const { received } = await exchange({});
    assert.deepEqual(received, allAnswered(received, 640));
  });

  test('ends on SIGTERM and leaves nothing on the card', async () => {
    assert.deepEqual(await fastpath.stop(), { code: 0, signal: null });
    const [link] = JSON.parse(run('ip', '-j', '-d', 'link', 'show', 'card')) as [{ xdp?: object }];
    assert.equal(link.xdp, undefined);
    assert.equal(run('ss', '--no-header', '--xdp').trim(), '');
  });
});
