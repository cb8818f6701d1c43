import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildPrograms } from '../../../bench/afxdp/build.ts';
import { receivedDrops } from '../../engine/counters.ts';
import { Action, type Rule } from '../../engine/rule.ts';
import type { DataPlane } from '../../plane/data-plane.ts';
import { snapshot } from '../../plane/stats.ts';
import { createAfxdpPlane } from '../../testing/afxdp-plane.ts';
import { DEADLY_LENGTH } from '../../testing/handlers/mortal-handler.ts';
import { PeerSenders } from '../../testing/peer-sender.ts';
import { rule } from '../../testing/rules.ts';
import { createVethPair, needNamespace, type VethPair } from '../../testing/veth.ts';

/*
 * No loss unexplained: a sender puts ten million packets on the wire as fast as it can, while rule sets change and
 * workers die. What it has sent, the replies that it has seen, and the drops that were counted have to add up.
 */

const MORTAL = new URL('../../testing/handlers/mortal-handler.ts', import.meta.url);
const PACKETS = 10_000_000;
const FLOWS = 64;
const FIRST_PORT = 1_024;
const SWAP_EVERY_MS = 10;
const WAIT = { interval: 50 };

interface Report {
  readonly sent: number;
  readonly seconds: number;
  readonly replies: number;
  readonly foreign: number;
  readonly link_dropped: number;
  readonly unfinished: number;
  readonly invalid: number;
}

const close: (() => unknown)[] = [];
beforeEach(needNamespace);
afterEach(async () => {
  for (const step of close.splice(0).reverse()) await step();
});

/** What left our interface and found the peer's queue full. */
const lostOnTheWayBack = ({ here }: VethPair) =>
  Number(readFileSync(`/sys/class/net/${here.interface}/statistics/tx_dropped`, 'utf8'));

async function generate(
  programs: string,
  { namespace, here, peer, queues }: VethPair,
  port: number,
): Promise<Report> {
  const args = ['--interface', peer.interface, '--dst-mac', here.mac, '--src', peer.ipv4, '--dst', here.ipv4];
  args.push(
    '--port',
    `${port}`,
    '--first-port',
    `${FIRST_PORT}`,
    '--flows',
    `${FLOWS}`,
    '--queues',
    `${queues}`,
  );
  args.push('--count', `${PACKETS}`, '--linger-ms', '3000');
  const { stdout } = await promisify(execFile)('ip', [
    'netns',
    'exec',
    namespace,
    `${programs}generator`,
    ...args,
  ]);
  return JSON.parse(stdout);
}

/**
 * Two sets that judge the same flows differently, by turns, until the traffic ends: one every SWAP_EVERY_MS, or as
 * fast as the kernel's grace periods let them follow one another.
 */
async function swapRules(plane: DataPlane, traffic: Promise<unknown>): Promise<number> {
  const ports = (min: number, max: number) => ({ protocol: 'udp' as const, srcPorts: { min, max } });
  const middle = FIRST_PORT + FLOWS / 2;
  const limited = { action: Action.rateLimit, ratePps: 50_000, burst: 100 };
  const kept = rule(ports(middle, middle + 3)); // keeps its counters
  const sets: Rule[][] = [
    [kept, rule(ports(FIRST_PORT, middle - 1))],
    [kept, rule({ ...ports(FIRST_PORT, middle - 1), ...limited }), rule(ports(middle + 4, middle + 7))],
  ];
  let swaps = 0;
  let running = true;
  const ended = traffic.finally(() => {
    running = false;
  });
  while (running) {
    const rules = sets[swaps % 2];
    const version = { source_id: 'conservation', revision: ++swaps };
    await Promise.all([plane.apply(version, () => rules), sleep(SWAP_EVERY_MS)]);
  }
  await ended;
  return swaps;
}

/** Kills a worker once. @returns how many deadly packets that took; some may have been dropped on their way */
async function killWorker(plane: DataPlane, senders: PeerSenders, port: number): Promise<number> {
  const sender = await senders.open(4, port);
  const restarts = () => plane.workers.reduce((sum, { thread }) => sum + thread.restarts, 0);
  let sent = 0;
  while (restarts() === 0) {
    await sender.send(new Uint8Array(DEADLY_LENGTH));
    sent++;
    await sleep(50);
  }
  return sent;
}

test('ten million packets, with rules swapped and a worker killed: none is lost unexplained', async () => {
  const programs = buildPrograms();
  const pair = createVethPair(2, { quiet: true });
  close.push(() => pair.close());
  const senders = new PeerSenders(pair);
  close.push(() => senders.close());
  const { plane, dataPort } = await createAfxdpPlane(pair, { XDP_MODE: 'native' }, MORTAL);
  await plane.start();
  close.push(() => plane.stop());

  const traffic = generate(programs, pair, dataPort);
  const swapping = swapRules(plane, traffic);
  await expect.poll(() => snapshot(plane).total.rxPackets, WAIT).toBeGreaterThan(PACKETS / 5);
  const deadly = await killWorker(plane, senders, dataPort);
  const [report, swaps] = [await traffic, await swapping];

  expect(report).toMatchObject({ sent: PACKETS, unfinished: 0, invalid: 0, foreign: 0 });
  const arrived = report.sent + deadly - report.link_dropped;
  const balance = () => {
    const { total } = snapshot(plane);
    const drops = receivedDrops(total) + total.drops.socket_buffer;
    return { drops, accounted: report.replies + lostOnTheWayBack(pair) + drops };
  };
  await expect.poll(() => balance().accounted, WAIT).toBe(arrived);

  const { total, workers } = snapshot(plane);
  expect(total.rxPackets + total.drops.socket_buffer).toBe(arrived);
  expect(total.txPackets).toBe(report.replies + lostOnTheWayBack(pair));
  expect(workers.every(({ rxPackets }) => rxPackets > 0)).toBe(true);
  expect(swaps).toBeGreaterThan(100);
  expect(total.drops.rule).toBeGreaterThan(0);
  expect(total.drops.rate_limit).toBeGreaterThan(0);
  expect(total.drops.worker_lost).toBeGreaterThan(0);
  expect(workers.some(({ restarts }) => restarts > 0)).toBe(true);
  const drops = Object.fromEntries(Object.entries(total.drops).filter(([, packets]) => packets > 0));
  console.info(
    `${arrived} packets arrived (${report.link_dropped} were dropped by the link before): ${report.replies} replies came back, ` +
      `${lostOnTheWayBack(pair)} more were lost on the link, drops ${JSON.stringify(drops)}; ${swaps} swaps of rules in ${report.seconds.toFixed(1)} s`,
  );
}, 400_000);
