import type { Capability } from './capabilities.ts';
import { type Check, no, unknown, yes } from './check.ts';
import type { SystemFiles } from './system-files.ts';

/** Bytes that one queue's buffers take: 4,096 slots of 2 KiB. */
const LEAST_LOCKED = 8 * 1024 * 1024;
const HUGEPAGES = 'hugepages/hugepages-2048kB';
const NODES = 'sys/devices/system/node';

export interface NumaNode {
  readonly node: number;
  readonly cpus: readonly number[];
  /** Pages of 2 MiB. */
  readonly hugepages: { readonly total: number; readonly free: number };
}

export interface Memlock {
  /** Bytes that the process may lock; null without limit. */
  readonly limit: number | null;
  readonly enough: Check;
}

/** `0-3,8` → 0, 1, 2, 3, 8: how /sys writes sets of CPUs. */
function parseCpuList(list: string): number[] {
  return list
    .split(',')
    .filter((range) => range.trim() !== '')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

function readHugepages(files: SystemFiles, folder: string): { total: number; free: number } {
  return {
    total: files.number(`${folder}/nr_hugepages`) ?? 0,
    free: files.number(`${folder}/free_hugepages`) ?? 0,
  };
}

/** A kernel without NUMA has no nodes: its memory is node 0, with every CPU that is online. */
export function readNodes(files: SystemFiles): NumaNode[] {
  const nodes = files.names(NODES).flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []);
  if (nodes.length === 0) {
    const cpus = parseCpuList(files.text('sys/devices/system/cpu/online') ?? '');
    return [{ node: 0, cpus, hugepages: readHugepages(files, 'sys/kernel/mm/hugepages/hugepages-2048kB') }];
  }
  return nodes.map((node) => ({
    node: Number(node),
    cpus: parseCpuList(files.text(`${NODES}/node${node}/cpulist`) ?? ''),
    hugepages: readHugepages(files, `${NODES}/node${node}/${HUGEPAGES}`),
  }));
}

export function checkHugepages(nodes: readonly NumaNode[]): Check {
  if (nodes.some(({ hugepages }) => hugepages.free > 0)) return yes;
  const some = nodes.some(({ hugepages }) => hugepages.total > 0);
  return no(
    some ? 'all 2 MiB pages are in use' : 'no 2 MiB pages are reserved: buffers are in pages of 4 KiB',
    'reserve some: sysctl -w vm.nr_hugepages=64 (128 MiB), on one node by /sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages',
  );
}

export function readMemlock(files: SystemFiles, effective: readonly Capability[]): Memlock {
  const limits = files.text('proc/self/limits');
  const found = /^Max locked memory\s+(\d+|unlimited)/m.exec(limits ?? '')?.[1];
  if (found === undefined) return { limit: null, enough: unknown('/proc/self/limits cannot be read') };
  if (found === 'unlimited') return { limit: null, enough: yes };
  const limit = Number(found);
  /* The kernel counts the buffers of AF_XDP sockets as locked memory, unless the process has CAP_IPC_LOCK. */
  if (limit >= LEAST_LOCKED || effective.includes('IPC_LOCK')) return { limit, enough: yes };
  return {
    limit,
    enough: no(
      `the process may lock ${limit} bytes only, and buffers of AF_XDP sockets count as locked`,
      'add the capability IPC_LOCK, or raise the limit (ulimit -l, systemd LimitMEMLOCK)',
    ),
  };
}
