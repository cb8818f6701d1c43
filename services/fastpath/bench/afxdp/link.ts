import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** The network namespace of the generator. */
export const PEER_NAMESPACE = 'peer';
export const DATA_PORT = 7000;

/** A veth pair: one end here, the other in the peer namespace. */
export interface Link {
  readonly interface: string;
  readonly mac: string;
  readonly address: string;
  readonly peerInterface: string;
  readonly peerAddress: string;
}

/** Once, before the first link. @throws outside of a network namespace of its own */
export function prepareNamespaces(): void {
  refuseForeignNamespace();
  ip('netns', 'add', PEER_NAMESPACE);
  // Without it, neighbour discovery and router solicitations mix with the packets that are counted.
  writeFileSync('/proc/sys/net/ipv6/conf/default/disable_ipv6', '1');
  ip('netns', 'exec', PEER_NAMESPACE, 'sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1');
}

function refuseForeignNamespace(): void {
  const links = JSON.parse(ip('-json', 'link', 'show')) as { ifname: string }[];
  if (links.some(({ ifname }) => ifname !== 'lo')) {
    throw new Error('run it in a network namespace of its own: make bench-afxdp (needs root)');
  }
}

export function createLink(index: number, queues: number): Link {
  const link = { interface: `bench${index}`, peerInterface: `load${index}` };
  const [address, peerAddress] = [`10.7.${index}.1`, `10.7.${index}.2`];
  const queueOptions = ['numrxqueues', `${queues}`, 'numtxqueues', `${queues}`];
  const peer = ['peer', 'name', link.peerInterface, ...queueOptions, 'netns', PEER_NAMESPACE];
  ip('link', 'add', 'name', link.interface, ...queueOptions, 'type', 'veth', ...peer);
  ip('address', 'add', `${address}/24`, 'dev', link.interface);
  inPeer('address', 'add', `${peerAddress}/24`, 'dev', link.peerInterface);
  ip('link', 'set', link.interface, 'up');
  inPeer('link', 'set', link.peerInterface, 'up');
  const peerMac = JSON.parse(inPeer('-json', 'link', 'show', link.peerInterface))[0].address as string;
  // The generator answers no ARP request.
  ip('neighbour', 'replace', peerAddress, 'lladdr', peerMac, 'dev', link.interface, 'nud', 'permanent');
  const mac = readFileSync(`/sys/class/net/${link.interface}/address`, 'utf8').trim();
  return { ...link, mac, address, peerAddress };
}

/** Packets sent from our end that the link dropped since it exists: its other end was full. */
export function droppedReplies(link: Link): number {
  return Number(readFileSync(`/sys/class/net/${link.interface}/statistics/tx_dropped`, 'utf8'));
}

export function deleteLink(link: Link): void {
  ip('link', 'delete', link.interface);
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' });
}

function inPeer(...args: string[]): string {
  return ip('-netns', PEER_NAMESPACE, ...args);
}
