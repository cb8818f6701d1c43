import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Action } from '../../engine/rule.ts';
import { Captures } from '../../plane/captures.ts';
import { topFlows } from '../../plane/flows.ts';
import { snapshot } from '../../plane/stats.ts';
import { createAfxdpPlane } from '../../testing/afxdp-plane.ts';
import { FrameSender } from '../../testing/frame-sender.ts';
import { changed, udpFrame } from '../../testing/frames.ts';
import { runInPeer, startInPeer } from '../../testing/in-peer.ts';
import { rule } from '../../testing/rules.ts';
import { createVethPair, ip, needNamespace, type VethPair, xdpMode } from '../../testing/veth.ts';

const WAIT = { interval: 10 };
const TCP_ECHO = new URL('../../testing/tcp-echo-process.ts', import.meta.url).pathname;
const BYTES = 3_000_000;
const ETHERNET = 14;

const close: (() => unknown)[] = [];
beforeEach(needNamespace);
afterEach(async () => {
  for (const step of close.splice(0).reverse()) await step();
});

async function start(env: Record<string, string>) {
  const pair = createVethPair(1);
  close.push(() => pair.close());
  const { plane, dataPort } = await createAfxdpPlane(pair, env);
  await plane.start();
  close.push(() => plane.stop());
  return { pair, plane, dataPort };
}

/** What a namespace's own network stack counted. */
const icmp = (snmp: string, field: string) => {
  const [names, values] = snmp.match(/^Icmp: .*$/gm)!.map((line) => line.split(' '));
  return Number(values[names.indexOf(field)]);
};

function icmpEcho(pair: VethPair): Uint8Array {
  const udp = udpFrame(pair, { family: 4, srcPort: 0, dstPort: 0, payload: new Uint8Array(0) });
  const sum = 17 - 1 + ((udp[ETHERNET + 10] << 8) | udp[ETHERNET + 11]); // another protocol: the checksum follows
  const ipv4 = { 9: 1, 10: (sum >> 8) & 0xff, 11: (sum & 0xff) + (sum >> 16) };
  const echo = { 20: 8, 21: 0, 22: 0xe5, 23: 0xcb, 24: 0x12, 25: 0x34, 26: 0, 27: 0 };
  const bytes = Object.entries({ ...ipv4, ...echo }).map(([at, value]) => [
    ETHERNET + Number(at),
    () => value,
  ]);
  return changed(udp, Object.fromEntries(bytes));
}

describe.each(['native', 'generic'])('%s: what is not ours goes its way', (mode) => {
  test.each(['data_port', 'interface'])(
    'ARP, ND, TCP and ICMP in both directions, scope %s',
    async (scope) => {
      const { pair, plane } = await start({ XDP_MODE: mode, XDP_SCOPE: scope });
      expect(xdpMode(pair.here.interface)).toBe(mode);
      const { here, peer } = pair;
      for (const family of ['ipv4', 'ipv6'] as const) {
        ip('neigh', 'flush', 'dev', here.interface);
        ip('-n', pair.namespace, 'neigh', 'flush', 'dev', peer.interface);
        const server = createServer((socket) => socket.pipe(socket)).listen(0, here[family]);
        close.push(() => server.close());
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        await runInPeer(pair, process.execPath, TCP_ECHO, 'connect', here[family], `${port}`, `${BYTES}`);

        const { child, firstLine } = await startInPeer(
          pair,
          process.execPath,
          TCP_ECHO,
          'serve',
          peer[family],
        );
        close.push(() => child.kill());
        const socket = connect(Number(firstLine), peer[family]);
        let back = 0;
        socket.on('data', (chunk) => {
          back += chunk.length;
        });
        socket.end(new Uint8Array(BYTES));
        await once(socket, 'close');
        expect(back).toBe(BYTES);
      }
      // Nobody listens there: the peer's ICMP error comes back through our interface.
      const refused = createSocket('udp4');
      refused.connect(9, peer.ipv4);
      await once(refused, 'connect');
      refused.send('x');
      expect(await once(refused, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }]);
      refused.close();

      const sender = new FrameSender(pair);
      close.push(() => sender.close());
      const peerSnmp = () => runInPeer(pair, 'cat', '/proc/net/snmp');
      const before = { here: readFileSync('/proc/net/snmp', 'utf8'), peer: await peerSnmp() };
      await sender.send([icmpEcho(pair)], 10);
      const answered = async () => icmp(await peerSnmp(), 'InEchoReps') - icmp(before.peer, 'InEchoReps');
      await expect.poll(answered, WAIT).toBe(10);
      expect(icmp(readFileSync('/proc/net/snmp', 'utf8'), 'InEchos') - icmp(before.here, 'InEchos')).toBe(10);

      const { total, ignoredPackets } = snapshot(plane);
      const all = { rxPackets: total.rxPackets, passedPackets: total.passedPackets };
      if (scope === 'data_port') expect(all).toEqual({ rxPackets: 0, passedPackets: 0 });
      else expect(all.passedPackets).toBe(all.rxPackets);
      expect(scope === 'data_port' ? ignoredPackets : total.passedPackets).toBeGreaterThan(100);
    },
  );
});

test('with the scope interface, rules judge what is for others on this machine too', async () => {
  const { pair, plane, dataPort } = await start({ XDP_SCOPE: 'interface' });
  const others = createSocket('udp4').bind(0, pair.here.ipv4);
  close.push(() => others.close());
  await once(others, 'listening');
  const received: Buffer[] = [];
  others.on('message', (payload) => received.push(payload));
  const { port } = others.address();
  const sender = new FrameSender(pair);
  close.push(() => sender.close());
  const to = (dstPort: number, srcPort: number) =>
    udpFrame(pair, { family: 4, srcPort, dstPort, payload: Uint8Array.of(srcPort) });

  const silenced = rule({ protocol: 'udp', srcPorts: { min: 1, max: 1 } });
  const limited = rule({
    protocol: 'udp',
    srcPorts: { min: 2, max: 2 },
    action: Action.rateLimit,
    ratePps: 1,
    burst: 3,
  });
  await plane.apply({ source_id: 'scope', revision: 1 }, () => [silenced, limited]);
  const filter = { host: null, protocol: 'udp', port: null, serial: null, droppedOnly: true } as const;
  const captures = new Captures(plane);
  const limits = { filter, snapLength: 40, maxPackets: 30, maxDurationMs: 10_000 };
  const capture = await captures.open(limits);
  const before = snapshot(plane).total;
  await sender.send([to(port, 1), to(port, 2), to(port, 3), to(dataPort, 1), to(dataPort, 3)], 20);

  const decided = () => {
    const { txPackets, drops } = snapshot(plane).total;
    return { byRule: drops.rule, replies: txPackets, others: received.length + drops.rate_limit };
  };
  await expect.poll(decided, WAIT).toEqual({ byRule: 40, replies: 20, others: 40 });
  expect(received.length).toBeGreaterThanOrEqual(23); // 20 of port 3, and a burst of 3
  expect(snapshot(plane).total.passedPackets - before.passedPackets).toBeGreaterThanOrEqual(received.length);
  expect(received.some(([from]) => from === 1)).toBe(false);

  const seen = [];
  for await (const packet of capture.packets(AbortSignal.timeout(120_000))) seen.push(packet);
  await capture.close();
  expect(seen).toHaveLength(30);
  expect(seen.every(({ dropped, data, worker }) => dropped && data.length === 29 && worker === 1)).toBe(true);
  const rules = new Set(seen.map(({ serial }) => plane.rules.ruleId(serial)));
  expect(rules).toEqual(new Set([silenced.id, limited.id]));

  const flows = await topFlows(plane, 100, 'packets');
  const flow = (src: number, dst: number) => flows.find(({ key }) => key[1] === ((src << 16) | dst) >>> 0);
  expect(flow(1, port)).toMatchObject({ packets: 20, droppedPackets: 20, bytes: 20 * 29 });
  expect(flow(3, dataPort)).toMatchObject({ packets: 20, droppedPackets: 0 });
  expect(plane.ruleCounters.read(plane.rules.rules[0].slot)).toEqual({
    packets: 40,
    bytes: 40 * 29,
    droppedPackets: 40,
  });
});

test('stop detaches the program', async () => {
  const { pair, plane } = await start({});
  expect(xdpMode(pair.here.interface)).not.toBeNull();
  await plane.stop();
  expect(xdpMode(pair.here.interface)).toBeNull();
});
