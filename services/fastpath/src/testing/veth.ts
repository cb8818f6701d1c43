import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'vitest';
import { loadStatus } from 'xdp-socket-native';

/* Pairs of virtual interfaces: one end here, the other in a nested network namespace, where the peer lives. */

const PREFIX = 'fpt';

/** Skips the test with the reason, or fails it where it must run. For `beforeEach`. */
export function needNamespace(context: TestContext): void {
  const reason = whyNot();
  if (reason === null) return;
  if (process.env.CI === 'true') throw new Error(reason);
  context.skip(reason);
}

function whyNot(): string | null {
  const enable = 'run it as root under scripts/in-network-namespace.sh';
  if (process.getuid?.() !== 0) return `needs root: ${enable}`;
  if (foreignInterfaces().length > 0) return `would touch the machine's own interfaces: ${enable}`;
  const status = loadStatus();
  return status.ok ? null : status.problems.map(({ what, remedy }) => `${what}: ${remedy}`).join('; ');
}

/** A namespace of our own has none but those that these tests make. */
function foreignInterfaces(): string[] {
  // ip prints an empty object for each that is not up.
  const up = JSON.parse(ip('-j', 'link', 'show', 'up')) as { ifname?: string }[];
  const names = up.flatMap(({ ifname }) => ifname ?? []);
  return names.filter((name) => name !== 'lo' && !name.startsWith(PREFIX));
}

export const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });

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
  readonly queues: number;
  close(): void;
}

let pairs = 0;

/**
 * @param queues RX and TX queues of both ends: the sender's hash of a flow chooses the one that it comes by
 * @param quiet no packet that the test does not send: no IPv6, and each end knows the other's MAC address
 */
export function createVethPair(queues: number, { quiet = false } = {}): VethPair {
  const number = ++pairs;
  const namespace = `peer${process.pid.toString(36)}${number}`;
  const end = (side: string, host: number): VethEnd => ({
    interface: `${PREFIX}${side}${process.pid.toString(36)}${number}`,
    ipv4: `10.78.${number % 256}.${host}`,
    ipv6: `fd78:${number.toString(16)}::${host}`,
    mac: `02:00:00:01:${(number % 256).toString(16).padStart(2, '0')}:0${host}`,
  });
  const [here, peer] = [end('a', 1), end('b', 2)];
  const size = ['numrxqueues', `${queues}`, 'numtxqueues', `${queues}`];
  ip('netns', 'add', namespace);
  ip(
    ...['link', 'add', 'name', here.interface, 'address', here.mac, ...size, 'type', 'veth'],
    ...['peer', 'name', peer.interface, 'address', peer.mac, ...size, 'netns', namespace],
  );
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  setUp([], here, quiet ? peer : null);
  setUp(['-n', namespace], peer, quiet ? here : null);
  awaitCarrier(here.interface);
  return {
    here,
    peer,
    namespace,
    queues,
    close() {
      if (existsSync(`/sys/class/net/${here.interface}`)) ip('link', 'del', here.interface);
      ip('netns', 'del', namespace);
    },
  };
}

function setUp(inNamespace: readonly string[], end: VethEnd, onlyTo: VethEnd | null): void {
  const { interface: name, ipv4, ipv6 } = end;
  ip(...inNamespace, 'addr', 'add', `${ipv4}/24`, 'dev', name);
  if (onlyTo === null) {
    // nodad: without it the address is not usable for a second.
    ip(...inNamespace, 'addr', 'add', `${ipv6}/64`, 'dev', name, 'nodad');
  } else {
    ip(...inNamespace, 'link', 'set', name, 'addrgenmode', 'none');
  }
  ip(...inNamespace, 'link', 'set', name, 'up');
  if (onlyTo !== null) {
    const neighbour = [onlyTo.ipv4, 'lladdr', onlyTo.mac, 'dev', name, 'nud', 'permanent'];
    ip(...inNamespace, 'neigh', 'replace', ...neighbour);
  }
}

/** The kernel brings an interface up in the background; until then its addresses are not in use. */
function awaitCarrier(interfaceName: string): void {
  const deadline = performance.now() + 60_000;
  while (!/state UP/.test(ip('link', 'show', 'dev', interfaceName))) {
    if (performance.now() > deadline) throw new Error(`${interfaceName} does not come up`);
  }
}

/** Name of the XDP mode that an interface has a program in, as the kernel says; null = no program. */
export function xdpMode(interfaceName: string): 'native' | 'generic' | null {
  const [link] = JSON.parse(ip('-j', 'link', 'show', 'dev', interfaceName)) as { xdp?: { mode: number } }[];
  if (!link?.xdp) return null;
  return link.xdp.mode === 2 ? 'generic' : 'native';
}
