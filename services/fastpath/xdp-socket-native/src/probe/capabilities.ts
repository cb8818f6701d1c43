import { type Check, no, unknown, yes } from './check.ts';
import type { SystemFiles } from './system-files.ts';

/** Capabilities that count here, by number: capabilities(7), linux/capability.h. */
const NUMBERS = {
  NET_ADMIN: 12,
  NET_RAW: 13,
  IPC_LOCK: 14,
  SYS_ADMIN: 21,
  PERFMON: 38,
  BPF: 39,
} as const;

export type Capability = keyof typeof NUMBERS;
const NAMES = Object.keys(NUMBERS) as Capability[];

export interface Capabilities {
  /** What this process may do now. Empty when /proc is not there. */
  readonly effective: readonly Capability[];
  /** What it, and whatever it starts, can ever be given: a container's runtime takes the rest away. */
  readonly bounding: readonly Capability[];
  /** What AF_XDP and its programs need. */
  readonly needed: readonly Check[];
}

function readSet(status: string, field: string): Capability[] {
  const mask = BigInt(`0x${new RegExp(`^${field}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1] ?? '0'}`);
  return NAMES.filter((name) => (mask >> BigInt(NUMBERS[name])) & 1n);
}

/** SYS_ADMIN stands for what was split off from it in Linux 5.8. */
function checkOne(name: Capability, purpose: string, effective: Capability[], bounding: Capability[]): Check {
  const enough: Capability[] = name === 'BPF' || name === 'PERFMON' ? [name, 'SYS_ADMIN'] : [name];
  if (enough.some((one) => effective.includes(one))) return yes;
  if (enough.some((one) => bounding.includes(one))) {
    return no(
      `CAP_${name} is not in the effective set: ${purpose}`,
      'run as root, or give it to the process (an ambient capability, or setcap on the Node.js binary)',
    );
  }
  return no(
    `CAP_${name} is not in the bounding set: ${purpose}`,
    `add the capability ${name} to the container or service (docker --cap-add, Kubernetes securityContext.capabilities.add, systemd CapabilityBoundingSet) and run as root`,
  );
}

/** Capabilities of the calling thread. */
export function readCapabilities(files: SystemFiles): Capabilities {
  const status = files.text('proc/thread-self/status');
  if (status === null) {
    return { effective: [], bounding: [], needed: [unknown('/proc/thread-self/status cannot be read')] };
  }
  const effective = readSet(status, 'CapEff');
  const bounding = readSet(status, 'CapBnd');
  const check = (name: Capability, purpose: string): Check => checkOne(name, purpose, effective, bounding);
  return {
    effective,
    bounding,
    needed: [
      check('NET_RAW', 'opening an AF_XDP socket needs it'),
      check('NET_ADMIN', 'attaching an XDP program needs it'),
      check('BPF', 'loading an XDP program needs it'),
      check(
        'PERFMON',
        'without it the verifier refuses offsets into a packet that the packet itself decides',
      ),
    ],
  };
}

/** BPF asks for capabilities in the first user namespace, whatever a process has in its own. */
export function checkUserNamespace(files: SystemFiles): Check {
  const map = files.text('proc/self/uid_map');
  if (map === null) return unknown('/proc/self/uid_map cannot be read');
  if (/^0\s+0\s+4294967295$/.test(map)) return yes;
  return no(
    'this process is in a user namespace of its own, where capabilities do not count for BPF',
    'run it outside: no rootless container, and hostUsers not false in Kubernetes',
  );
}
