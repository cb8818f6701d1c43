import type { LookupAddress } from 'node:dns';
import { lookup as dnsLookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { ConfigError } from '../config.ts';

/** One entry of FASTPATH_ADDRESS: a name that may stand for many instances, or an IP address. */
export interface Target {
  host: string;
  port: number;
}

/** One instance: `address` is ip:port, `host` the name that TLS verifies. */
export interface ResolvedAddress {
  address: string;
  host: string;
}

/** `addresses` null = not known this time (a DNS failure that says nothing about the instances). */
export interface Resolution {
  target: Target;
  addresses: ResolvedAddress[] | null;
  error: string | null;
}

export type Lookup = (host: string) => Promise<LookupAddress[]>;

const systemLookup: Lookup = (host) => dnsLookup(host, { all: true, order: 'ipv4first' });

/** Reads the entries of FASTPATH_ADDRESS: `host:port` or `[v6]:port`. Throws a ConfigError that names the bad one. */
export function parseTargets(entries: readonly string[]): Target[] {
  return entries.map(parseTarget);
}

export function formatTarget({ host, port }: Target): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Resolves one target to every address that its name has now. Never throws. */
export async function resolveTarget(target: Target, lookup: Lookup = systemLookup): Promise<Resolution> {
  if (isIP(target.host) !== 0) return found(target, [target.host]);
  try {
    return found(target, oneFamily(await lookup(target.host)));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // A headless Service without pods has no records: that is an answer. Anything else is a failure to ask.
    const gone = code === 'ENOTFOUND' || code === 'ENODATA';
    const error = gone ? `${target.host} has no address in DNS` : `cannot resolve ${target.host}: ${message}`;
    return { target, addresses: gone ? [] : null, error };
  }
}

function parseTarget(entry: string): Target {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(entry);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65535) {
    throw new ConfigError(`FASTPATH_ADDRESS: "${entry}" is not host:port (IPv6 addresses in brackets)`);
  }
  return { host, port };
}

/** A dual-stack name lists every instance once per family; taking both would count each twice. */
function oneFamily(addresses: LookupAddress[]): string[] {
  const family = addresses.some((address) => address.family === 4) ? 4 : 6;
  return addresses.filter((address) => address.family === family).map(({ address }) => address);
}

function found(target: Target, ips: string[]): Resolution {
  const addresses = [...new Set(ips)].sort().map((ip) => ({
    address: formatTarget({ host: ip, port: target.port }),
    host: target.host,
  }));
  return { target, addresses, error: null };
}
