import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PACKAGE } from './default-program.ts';
import { UdpPeer } from './udp-peer.ts';
import { attachedProgram, createVethPair, needNamespace, type VethPair } from './veth.ts';

let pair: VethPair | null = null;

beforeEach((context) => {
  needNamespace(context);
  pair = createVethPair();
});

afterEach(() => {
  pair?.close();
  pair = null;
});

test('the example echoes, and Ctrl-C takes the program off', async () => {
  const { here, namespace } = pair!;
  const args = [join(PACKAGE, 'examples/echo.ts'), here.interface, '7001'];
  const example = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(example.stdout, 'data');
  expect(String(line)).toBe(`echo on ${here.interface}, port 7001: native XDP, copy\n`);
  const peer = await UdpPeer.start(namespace);
  peer.send(here.ipv4, 7001, ['one', 'two', 'three']);
  await peer.until(3);
  expect(peer.received).toEqual(['one', 'two', 'three']);
  const ended = once(example, 'exit');
  example.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect(attachedProgram(here.interface)).toBeNull();
  await peer.stop();
});
