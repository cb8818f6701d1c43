import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Where a flow goes: an address, never a name, so that sending needs no resolver. */
export interface Target {
  address: string;
  port: number;
  family: 4 | 6;
}

/** Parses `127.0.0.1:7000`, `[::1]:7000` or `localhost:7000`. Throws with the text when it is none of these. */
export async function parseTarget(text: string): Promise<Target> {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (!host || port < 1 || port > 65_535) {
    throw new Error(`target "${text}" is not host:port or [address]:port`);
  }
  const { address, family } = await lookup(host);
  return { address, port, family: family === 6 ? 6 : 4 };
}

export function formatTarget({ address, port }: Target): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether packets to this address stay on this machine: a loopback address or one of its own interfaces. */
export function isOwnAddress({ address, family }: Target): boolean {
  if (LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4')) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some((own) => own.address === address));
}
