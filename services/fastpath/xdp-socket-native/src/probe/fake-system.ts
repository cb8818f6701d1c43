import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { NativeProbe } from './native-probe.ts';

/** A machine on which everything is there: two nodes, and a card "fast0" on node 1. Paths to contents. */
const COMPLETE: Readonly<Record<string, string>> = {
  'proc/sys/kernel/osrelease': '6.12.5-amd64\n',
  'proc/net/protocols': 'protocol  size sockets\nXDP       1024      0\nUDP       1472      3\n',
  'proc/self/mounts': 'sysfs /sys sysfs rw 0 0\nbpf /sys/fs/bpf bpf rw,mode=700 0 0\n',
  'proc/self/uid_map': '         0          0 4294967295\n',
  'proc/self/limits': 'Limit   Soft Limit  Hard Limit  Units\nMax locked memory  8388608  8388608  bytes\n',
  'proc/thread-self/status': 'Name:\tnode\nCapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\n',
  'sys/kernel/btf/vmlinux': 'BTF',
  'sys/devices/system/node/node0/cpulist': '0-1,4\n',
  'sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages': '0\n',
  'sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages': '0\n',
  'sys/devices/system/node/node1/cpulist': '2-3\n',
  'sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages': '64\n',
  'sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages': '60\n',
  'sys/devices/pci0/card/numa_node': '1\n',
  'sys/devices/pci0/card/virtio0/vendor': '0x1af4\n',
  'sys/devices/pci0/card/virtio0/net/fast0/address': '02:00:00:00:00:01\n',
  'sys/devices/pci0/card/virtio0/net/fast0/mtu': '1500\n',
  'sys/devices/pci0/card/virtio0/net/fast0/queues/rx-0/rps_cpus': '0\n',
  'sys/devices/pci0/card/virtio0/net/fast0/queues/rx-1/rps_cpus': '0\n',
  'sys/devices/pci0/card/virtio0/net/fast0/queues/tx-0/xps_cpus': '0\n',
  'sys/devices/virtual/net/lo/address': '00:00:00:00:00:00\n',
  'sys/devices/virtual/net/lo/mtu': '65536\n',
  'sys/bus/virtio/drivers/virtio_net/uevent': '',
  'sys/class/net/bonding_masters': '\n',
};

const LINKS: Readonly<Record<string, string>> = {
  'sys/class/net/fast0': 'sys/devices/pci0/card/virtio0/net/fast0',
  'sys/class/net/lo': 'sys/devices/virtual/net/lo',
  'sys/devices/pci0/card/virtio0/net/fast0/device': 'sys/devices/pci0/card/virtio0',
  'sys/devices/pci0/card/virtio0/driver': 'sys/bus/virtio/drivers/virtio_net',
};

export interface FakeSystem extends Disposable {
  readonly root: string;
}

/** COMPLETE with changes; a file with null is not there. Gone when disposed of. */
export function makeSystem(changes: Readonly<Record<string, string | null>> = {}): FakeSystem {
  const root = mkdtempSync(join(tmpdir(), 'probe-'));
  for (const [path, content] of Object.entries({ ...COMPLETE, ...changes })) {
    if (content === null) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  for (const [path, target] of Object.entries(LINKS)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(relative(dirname(join(root, path)), join(root, target)), join(root, path));
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

/** An addon that says this of every interface. */
export const fakeAddon = (bits: number, driver = 'virtio_net'): NativeProbe => ({
  probeFeatures: () => ({ bits, zeroCopySegments: 17 }),
  probeDevice: () => ({ driver, rx: 0, tx: 0, combined: 2 }),
  probePrograms: () => ({ native: true, dispatcher: true, programs: [{ id: 7, name: 'guard' }] }),
});
