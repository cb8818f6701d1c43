import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { waitUntil } from '../processes/wait-until.ts';
import { createTrafficSender } from './traffic-sender.ts';

interface Echo {
  target: string;
  /** Datagrams by source port. */
  seen: Map<number, number>;
  socket: Socket;
}

const open: Socket[] = [];

/** A real UDP echo; `answer` chooses which source ports get a reply. */
async function startEcho(family: 4 | 6, answer: (port: number) => boolean = () => true): Promise<Echo> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  open.push(socket);
  const seen = new Map<number, number>();
  socket.on('message', (message, from) => {
    seen.set(from.port, (seen.get(from.port) ?? 0) + 1);
    if (answer(from.port)) socket.send(message, from.port, from.address);
  });
  socket.bind(0, family === 6 ? '::1' : '127.0.0.1');
  await once(socket, 'listening');
  const { address, port } = socket.address();
  return { target: family === 6 ? `[${address}]:${port}` : `${address}:${port}`, seen, socket };
}

afterEach(() => {
  for (const socket of open.splice(0)) socket.close();
});

test('counts what it sent and what came back, flow by flow, over IPv4 and IPv6', async () => {
  const echo4 = await startEcho(4);
  const echo6 = await startEcho(6);
  const sender = await createTrafficSender({
    flows: [
      { name: 'a', target: echo4.target, rate: 500, size: 100, count: 150 },
      { name: 'b', target: echo6.target, rate: 250, size: 1000, count: 75 },
      { name: 'c', target: echo4.target, rate: 1000, size: 0, count: 300 },
    ],
  });
  const ports = sender.report().flows.map((flow) => flow.src_port);
  expect(new Set(ports).size).toBe(3);
  sender.start();
  const report = await sender.done;
  expect(report.flows).toMatchObject([
    { name: 'a', sent: 150, received: 150, bytes: 15_000, received_bytes: 15_000, send_errors: 0 },
    { name: 'b', sent: 75, received: 75, bytes: 75_000 },
    { name: 'c', sent: 300, received: 300, bytes: 0 },
  ]);
  expect(report).toMatchObject({ sent: 525, received: 525, bytes: 90_000 });
  expect([echo4.seen.get(ports[0]!), echo6.seen.get(ports[1]!), echo4.seen.get(ports[2]!)]).toEqual([
    150, 75, 300,
  ]);
});

test('a silenced flow counts no replies, and its neighbour all', async () => {
  let silenced = 0;
  const echo = await startEcho(4, (port) => port !== silenced);
  const flow = { target: echo.target, rate: 200, count: 40 };
  const sender = await createTrafficSender({
    flows: [
      { ...flow, name: 'silent' },
      { ...flow, name: 'heard' },
    ],
    settleMs: 100,
  });
  silenced = sender.report().flows[0]!.src_port;
  sender.start();
  const { flows } = await sender.done;
  expect(flows).toMatchObject([
    { sent: 40, received: 0 },
    { sent: 40, received: 40 },
  ]);
});

test('stop() ends an endless flow and its counts are final', async () => {
  const echo = await startEcho(4);
  const sender = await createTrafficSender({ flows: [{ name: 'a', target: echo.target, rate: 1000 }] });
  sender.start();
  await waitUntil('50 packets', () => sender.report().sent >= 50);
  const report = await sender.stop();
  expect(report.received).toBe(report.sent);
  expect(sender.report()).toEqual(report);
});

test('a target that nobody listens on takes every packet and answers none', async () => {
  const echo = await startEcho(4);
  echo.socket.close();
  open.length = 0;
  const sender = await createTrafficSender({
    flows: [{ name: 'a', target: echo.target, rate: 500, count: 50 }],
    settleMs: 50,
  });
  sender.start();
  expect((await sender.done).flows).toMatchObject([{ sent: 50, received: 0, send_errors: 0 }]);
});

test.each([
  ['192.0.2.1:7000', /not this machine/],
  ['2001:db8::1:7000', /is not host:port/],
  ['127.0.0.1:70000', /is not host:port/],
])('refuses the target %s', async (target, message) => {
  await expect(createTrafficSender({ flows: [{ name: 'a', target, rate: 1 }] })).rejects.toThrow(message);
});
