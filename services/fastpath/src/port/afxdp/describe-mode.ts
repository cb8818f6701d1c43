import type { PortConfig } from '../port-config.ts';
import type { Lane } from './lane.ts';

/** Why AF_XDP is in force and how it runs, for an operator: as the kernel reports it, not as it was asked for. */
export function describeMode(
  { mode, xdp }: PortConfig,
  programMode: 'native' | 'generic',
  numaNode: number | null,
  lanes: readonly Lane[],
): string {
  const why = mode === 'afxdp' ? 'FASTPATH_MODE=afxdp asks for it' : 'FASTPATH_MODE=auto, and it works here';
  const zeroCopy = lanes.filter(({ socket }) => socket.zeroCopy).length;
  const how = [
    `${programMode} XDP`,
    zeroCopy === lanes.length ? 'zero-copy' : zeroCopy === 0 ? 'copy mode' : `${zeroCopy} queues zero-copy`,
    `queue${lanes.length === 1 ? '' : 's'} ${lanes.map(({ queue }) => queue).join(', ')}`,
    numaNode === null ? 'any NUMA node' : `NUMA node ${numaNode}`,
    `${pageSize(Math.min(...lanes.map((lane) => lane.pageSize)))} pages`,
  ];
  return `${why}: ${xdp.interface}, ${how.join(', ')}`;
}

function pageSize(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}
