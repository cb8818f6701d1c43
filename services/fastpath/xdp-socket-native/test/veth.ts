import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'vitest';

/* Pairs of virtual interfaces: one end here, the other in a nested network namespace, where the peer lives. */

/** scripts/in-network-namespace.sh mounts a file system of its own there. */
const inNamespace = (): boolean => / \/ \/run\/netns /.test(readFileSync('/proc/self/mountinfo', 'utf8'));

/** Why tests that need interfaces cannot run here, or null. */
function whyNot(): string | null {
  if (process.getuid?.() === 0 && inNamespace()) return null;
  return 'needs interfaces of its own: run it as root under scripts/in-network-namespace.sh';
}

/** Skips the test with the reason, or fails it where it must run. For `beforeEach`. */
export function needNamespace(context: TestContext): void {
  const reason = whyNot();
  if (reason === null) return;
  if (process.env.CI === 'true') throw new Error(reason);
  context.skip(reason);
}

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });

export interface VethEnd {
  readonly interface: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly mac: string;
}

export interface VethPair {
  readonly here: VethEnd;
  readonly peer: VethEnd;
  /** Network namespace of the peer, for `ip netns exec`. */
  readonly namespace: string;
  close(): void;
}

let pairs = 0;

function setUp(inNamespace: readonly string[], end: VethEnd): void {
  ip(...inNamespace, 'addr', 'add', `${end.ipv4}/24`, 'dev', end.interface);
  // nodad: without it the address is not usable for a second.
  ip(...inNamespace, 'addr', 'add', `${end.ipv6}/64`, 'dev', end.interface, 'nodad');
  ip(...inNamespace, 'link', 'set', end.interface, 'up');
}

/** @param queues RX and TX queues of the end that is here */
export function createVethPair({ queues = 1 } = {}): VethPair {
  const number = ++pairs;
  const id = `${process.pid.toString(36)}${number}`;
  const namespace = `peer${id}`;
  const end = (side: string, host: number): VethEnd => ({
    interface: `xn${side}${id}`,
    ipv4: `10.77.${number % 256}.${host}`,
    ipv6: `fd77:${number.toString(16)}::${host}`,
    mac: `02:00:00:00:${(number % 256).toString(16).padStart(2, '0')}:0${host}`,
  });
  const [here, peer] = [end('a', 1), end('b', 2)];
  // veth has native XDP only where the other end sends on no more queues than this one receives on.
  const size = ['numrxqueues', `${queues}`, 'numtxqueues', `${queues}`];
  ip('netns', 'add', namespace);
  ip(
    ...['link', 'add', 'name', here.interface, 'address', here.mac, ...size, 'type', 'veth'],
    ...['peer', 'name', peer.interface, 'address', peer.mac, ...size, 'netns', namespace],
  );
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  setUp([], here);
  setUp(['-n', namespace], peer);
  return {
    here,
    peer,
    namespace,
    close: () => {
      ip('link', 'del', here.interface);
      ip('netns', 'del', namespace);
    },
  };
}

/** Which XDP program an interface has, as the kernel says. */
export function attachedProgram(interfaceName: string): string | null {
  const [link] = JSON.parse(ip('-j', 'link', 'show', 'dev', interfaceName)) as {
    xdp?: { prog: { id: number } };
  }[];
  return link?.xdp ? String(link.xdp.prog.id) : null;
}

/** Memory of this process that is in RAM, in bytes. */
export const residentBytes = (): number =>
  Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[1]) * 4096;
