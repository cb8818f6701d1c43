import { fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { printEnvironment } from './measure.ts';

/*
 * Echo over loopback: the whole udp fast path (sockets, slots, classifier, flow table, counters, reflector) with one
 * worker, against a bare dgram echo. Each runs in a process of its own; rounds alternate; the bare echo runs twice
 * (A/A), and the difference between the two is the noise floor. CPU is that of the echoing process.
 */

const ROUNDS = 5;
const ROUND_MS = 400;
const IN_FLIGHT = 64;
const PAYLOAD = Buffer.alloc(64, 7);
const CONTENDERS = [
  { name: 'bare dgram echo (A)', target: 'bare' },
  { name: 'bare dgram echo (A)', target: 'bare' },
  { name: 'udp fast path, 0 rules', target: 'fastpath' },
  { name: 'udp fast path, 1,000 rules', target: 'fastpath-rules' },
];

type Ready = { port: number };
type Usage = { cpuUs: number };
type Round = { packetsPerSecond: number; cpuNsPerPacket: number };

printEnvironment();
const servers = await Promise.all(CONTENDERS.map(({ target }) => startTarget(target)));
const rounds: Round[][] = CONTENDERS.map(() => []);
for (let round = 0; round <= ROUNDS; round++) {
  for (const [index, server] of servers.entries()) {
    const result = await measureRound(server);
    if (round > 0) rounds[index].push(result); // the first warms up
  }
}
for (const { child } of servers) child.kill();
for (const [index, { name }] of CONTENDERS.entries()) {
  const rate = sorted(rounds[index], 'packetsPerSecond');
  const cpu = sorted(rounds[index], 'cpuNsPerPacket');
  const text = (values: number[]) =>
    `${median(values).toFixed(0)} (${values[0].toFixed(0)}-${values.at(-1)!.toFixed(0)})`;
  console.log(
    `${name.padEnd(28)} ${text(rate).padStart(24)} packets/s ${text(cpu).padStart(24)} ns CPU/packet`,
  );
}
const [first, second] = rounds.map((results) => median(sorted(results, 'cpuNsPerPacket')));
console.log(`A/A floor ${((100 * Math.abs(first - second)) / first).toFixed(1)} % of CPU per packet`);

async function startTarget(target: string) {
  const child = fork(new URL('./udp-echo-target.ts', import.meta.url), [target]);
  const [{ port }] = (await once(child, 'message')) as [Ready];
  const usage = async (): Promise<Usage> => {
    child.send('usage');
    return (await once(child, 'message'))[0] as Usage;
  };
  return { child, port, usage };
}

async function measureRound({ port, usage }: Awaited<ReturnType<typeof startTarget>>): Promise<Round> {
  const before = await usage();
  const startedAt = performance.now();
  const packets = await pingPong(port);
  const seconds = (performance.now() - startedAt) / 1000;
  const { cpuUs } = await usage();
  if (packets < IN_FLIGHT) throw new Error(`only ${packets} packets came back from port ${port}`);
  return { packetsPerSecond: packets / seconds, cpuNsPerPacket: (1000 * (cpuUs - before.cpuUs)) / packets };
}

/** Keeps IN_FLIGHT packets on their way for one round; resolves with the number of replies, each checked. */
async function pingPong(port: number): Promise<number> {
  const socket = createSocket('udp4');
  let replies = 0;
  let running = true;
  const send = () => socket.send(PAYLOAD, port, '127.0.0.1');
  socket.on('message', (payload) => {
    if (payload.length !== PAYLOAD.length || payload[0] !== PAYLOAD[0]) throw new Error('not an echo');
    replies++;
    if (running) send();
  });
  for (let i = 0; i < IN_FLIGHT; i++) send();
  await new Promise((resolve) => setTimeout(resolve, ROUND_MS));
  running = false;
  await new Promise<void>((resolve) => socket.close(resolve));
  return replies;
}

function sorted(results: readonly Round[], field: keyof Round): number[] {
  return results.map((result) => result[field]).sort((a, b) => a - b);
}

function median(values: readonly number[]): number {
  return values[values.length >> 1];
}
