import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

interface Profile {
  syscalls: Rule[];
}

interface Rule {
  names: string[];
  action: string;
  includes?: { caps?: string[] };
}

const PROFILES = ['/etc/containers/seccomp.json', '/usr/share/containers/seccomp.json'];
/** System calls that containerd and CRI-O allow with one capability each. */
const OWN_CAPABILITY: Record<string, string> = {
  bpf: 'CAP_BPF',
  perf_event_open: 'CAP_PERFMON',
  mbind: 'CAP_SYS_NICE',
  get_mempolicy: 'CAP_SYS_NICE',
  set_mempolicy: 'CAP_SYS_NICE',
};

/**
 * The seccomp profile of podman, as RuntimeDefault of containerd and CRI-O is: with CAP_BPF a container may call bpf(),
 * where older podmans know CAP_SYS_ADMIN only, and with CAP_SYS_NICE mbind(), which podman allows to everybody. Answers the file, written below `folder`.
 */
export function writeRuntimeDefault(folder: string): string {
  const found = PROFILES.find(existsSync);
  if (!found) throw new Error(`podman has no seccomp profile: ${PROFILES.join(', ')}`);
  const file = join(folder, 'seccomp.json');
  writeFileSync(
    file,
    JSON.stringify(withOwnCapabilities(JSON.parse(readFileSync(found, 'utf8')) as Profile)),
  );
  return file;
}

/** Exported for its test. */
export function withOwnCapabilities(profile: Profile): Profile {
  const syscalls = profile.syscalls.map((rule) => ({
    ...rule,
    names: rule.names.filter((name) => !(name in OWN_CAPABILITY)),
  }));
  const added = Object.entries(OWN_CAPABILITY).flatMap(([name, capability]) =>
    [capability, 'CAP_SYS_ADMIN'].map((cap) => ({
      ...rule(name, 'SCMP_ACT_ALLOW'),
      includes: { caps: [cap] },
      excludes: cap === capability ? {} : { caps: [capability] },
    })),
  );
  const refused = Object.entries(OWN_CAPABILITY).map(([name, capability]) => ({
    ...rule(name, 'SCMP_ACT_ERRNO'),
    errnoRet: constants.errno.EPERM,
    includes: {},
    excludes: { caps: [capability, 'CAP_SYS_ADMIN'] },
  }));
  return {
    ...profile,
    syscalls: [...syscalls.filter(({ names }) => names.length > 0), ...added, ...refused],
  };
}

const rule = (name: string, action: string) => ({ names: [name], action, args: [], comment: '' });
