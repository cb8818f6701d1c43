import { networkInterfaces } from 'node:os';

/** A local address the data plane binds. `address` carries the scope (`fe80::1%eth0`) where it needs one. */
export type LocalAddress = { readonly address: string; readonly family: 4 | 6 };

/**
 * Addresses to bind now. A wildcard socket would hide which address a packet was sent to, and both rules
 * (dst_cidr) and the source of replies need it; so, like named, one socket per address.
 * @param hosts as configured: empty = all, a wildcard = all of its family, else exactly these.
 * @param isWanted on which interfaces "all" means
 */
export function localAddresses(
  hosts: readonly string[],
  isWanted: (interfaceName: string) => boolean = () => true,
): LocalAddress[] {
  const found = Object.entries(networkInterfaces()).flatMap(([name, infos]) =>
    (isWanted(name) ? (infos ?? []) : []).map((info) =>
      toLocalAddress(name, info.address, info.family === 'IPv6' ? 6 : 4),
    ),
  );
  const wanted = hosts.length === 0 ? ['0.0.0.0', '::'] : hosts;
  const chosen = wanted.flatMap((host) => {
    if (host === '0.0.0.0') return found.filter(({ family }) => family === 4);
    if (host === '::') return found.filter(({ family }) => family === 6);
    return [{ address: host, family: host.includes(':') ? 6 : 4 } as LocalAddress];
  });
  return [...new Map(chosen.map((local) => [local.address, local])).values()];
}

function toLocalAddress(name: string, address: string, family: 4 | 6): LocalAddress {
  const linkLocal = family === 6 && /^fe[89ab]/i.test(address);
  return { address: linkLocal ? `${address}%${name}` : address, family };
}

/** `host:port` as written in URLs. */
export function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
