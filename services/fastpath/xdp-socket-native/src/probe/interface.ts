import { isXdpError } from '../errors.ts';
import { type Check, no, unknown, yes } from './check.ts';
import type { NativeProbe } from './native-probe.ts';
import type { SystemFiles } from './system-files.ts';

/* enum netdev_xdp_act of linux/netdev.h */
const XDP_BASIC = 1 << 0;
const XDP_REDIRECT = 1 << 1;
const XDP_ZERO_COPY = 1 << 3;
const XDP_RX_FRAGS = 1 << 5;

/** What fits into a page of 4 KiB beside the room that XDP wants: about that, each driver has a limit of its own. */
const MTU_OF_ONE_PAGE = 3498;

export interface AttachedProgram {
  readonly id: number;
  readonly name: string;
}

export interface InterfaceReport {
  readonly name: string;
  /** null: nobody says (virtual interfaces, without the addon). */
  readonly driver: string | null;
  /** Queues that the kernel has for it; `combined` (ethtool -l) is null where the driver does not say. */
  readonly queues: { readonly rx: number; readonly tx: number; readonly combined: number | null };
  readonly mtu: number | null;
  readonly mac: string | null;
  /** null: it is on no node. */
  readonly numaNode: number | null;
  /** What the driver claims; XdpProgram.attach and XdpSocket say what is in force. */
  readonly nativeXdp: Check;
  /** Does a packet of its MTU reach the program? */
  readonly wholePackets: Check;
  readonly zeroCopy: Check;
  /** Most buffers of one packet with zero-copy, null: unknown. */
  readonly zeroCopySegments: number | null;
  /** XDP programs on it, or why they cannot be seen. */
  readonly attached:
    | {
        /** null: nothing is attached. */
        readonly mode: 'native' | 'generic' | null;
        readonly dispatcher: boolean;
        readonly programs: readonly AttachedProgram[];
      }
    | { readonly unknown: string };
}

/** What the addon knows, or the sentence that says why it does not. */
function ask<T>(query: () => T): T | string {
  try {
    return query();
  } catch (error) {
    if (!isXdpError(error)) throw error;
    if (error.operation === 'probe_features' && error.code === 'EOPNOTSUPP') {
      return 'the kernel does not say what drivers can do before Linux 6.3';
    }
    return error.message;
  }
}

type Features = ReturnType<NativeProbe['probeFeatures']> | string;

function checkNative(features: Features, driver: string | null): Check {
  if (typeof features === 'string') return unknown(features);
  const needed = XDP_BASIC | XDP_REDIRECT;
  if ((features.bits & needed) === needed) return yes;
  return no(
    `driver ${driver ?? '(unknown)'} has no native XDP`,
    'generic mode works, slower; use an interface whose driver has native XDP where speed counts',
  );
}

function checkZeroCopy(features: Features, driver: string | null): Check {
  if (typeof features === 'string') return unknown(features);
  if (features.bits & XDP_ZERO_COPY) return yes;
  return no(
    `driver ${driver ?? '(unknown)'} has no zero-copy, or not on this kernel`,
    'copy mode works, slower; zero-copy needs a driver such as ice, i40e, ixgbe, igc or mlx5, or virtio_net on Linux 6.13 or newer',
  );
}

function checkMtu(features: Features, name: string, mtu: number | null): Check {
  if (mtu === null) return unknown('the MTU cannot be read');
  if (mtu <= MTU_OF_ONE_PAGE) return yes;
  if (typeof features === 'string') return unknown(features);
  if (features.bits & XDP_RX_FRAGS) return yes;
  return no(
    `an MTU of ${mtu} does not fit into a page, and the driver does not give XDP packets of several buffers`,
    `ip link set dev ${name} mtu ${MTU_OF_ONE_PAGE}, or less where the driver says so`,
  );
}

function readAttached(native: NativeProbe | string, name: string): InterfaceReport['attached'] {
  const found = typeof native === 'string' ? native : ask(() => native.probePrograms(name));
  if (typeof found === 'string') return { unknown: found };
  const { dispatcher, programs } = found;
  if (programs.length === 0) return { mode: null, dispatcher, programs };
  return { mode: found.native ? 'native' : 'generic', dispatcher, programs };
}

const countQueues = (names: readonly string[], kind: string): number =>
  names.filter((name) => name.startsWith(`${kind}-`)).length;

export function listInterfaces(files: SystemFiles): string[] {
  return files.names('sys/class/net').filter((name) => files.exists(`sys/class/net/${name}/address`));
}

/** @param native the addon, or why there is none */
export function readInterface(
  files: SystemFiles,
  name: string,
  native: NativeProbe | string,
): InterfaceReport {
  const folder = `sys/class/net/${name}`;
  const features = typeof native === 'string' ? native : ask(() => native.probeFeatures(name));
  const device = typeof native === 'string' ? native : ask(() => native.probeDevice(name));
  const known = typeof device === 'string' ? null : device;
  const driver = files.target(`${folder}/device/driver`) ?? (known?.driver || null);
  const queues = files.names(`${folder}/queues`);
  const node = files.numberAbove(`${folder}/device`, 'numa_node');
  const mtu = files.number(`${folder}/mtu`);
  return {
    name,
    driver,
    queues: {
      rx: countQueues(queues, 'rx'),
      tx: countQueues(queues, 'tx'),
      combined: known?.combined || null,
    },
    mtu,
    mac: files.text(`${folder}/address`),
    numaNode: node === null || node < 0 ? null : node,
    nativeXdp: checkNative(features, driver),
    wholePackets: checkMtu(features, name, mtu),
    zeroCopy: checkZeroCopy(features, driver),
    zeroCopySegments: typeof features === 'string' ? null : features.zeroCopySegments || null,
    attached: readAttached(native, name),
  };
}
