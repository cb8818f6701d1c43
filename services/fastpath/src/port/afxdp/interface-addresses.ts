import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LocalAddress, localAddresses } from '../udp/local-addresses.ts';

/**
 * Local addresses of a data plane on one interface, now.
 * @param hosts as configured: empty = every address of the interface and of the VLANs on it, a wildcard = every one of
 * its family, else exactly these, on whichever interface they are.
 * @param sysClassNet where the kernel lists interfaces
 */
export function interfaceAddresses(
  interfaceName: string,
  hosts: readonly string[],
  sysClassNet = '/sys/class/net',
): LocalAddress[] {
  const names = new Set([interfaceName, ...vlansOn(sysClassNet, interfaceName)]);
  return localAddresses(hosts, (name) => names.has(name));
}

/** The VLANs on an interface, and those on these. */
function vlansOn(sysClassNet: string, name: string): string[] {
  const uppers = entries(join(sysClassNet, name)).flatMap((entry) =>
    entry.startsWith('upper_') ? [entry.slice('upper_'.length)] : [],
  );
  const vlans = uppers.filter((upper) => isVlan(join(sysClassNet, upper)));
  return vlans.flatMap((vlan) => [vlan, ...vlansOn(sysClassNet, vlan)]);
}

function isVlan(folder: string): boolean {
  try {
    return /^DEVTYPE=vlan$/m.test(readFileSync(join(folder, 'uevent'), 'utf8'));
  } catch {
    return false; // it has gone meanwhile
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // likewise
  }
}
