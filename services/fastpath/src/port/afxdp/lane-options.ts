import { threadAffinity } from 'xdp-socket-native';
import type { XdpConfig } from '../../config.ts';
import { chooseCpus } from './choose-cpus.ts';
import type { LaneOptions } from './lane.ts';
import { type Machine, unavailable } from './requirements.ts';

/** Where buffers and workers go: XDP_NUMA_NODE, or the NIC's own node; null = the NIC has none. */
export function chooseNumaNode(xdp: XdpConfig, { numaNode }: Machine): number | null {
  return xdp.numaNode === 'auto' ? numaNode : xdp.numaNode;
}

/**
 * One lane for each queue to serve.
 * @throws AppError `mode_unavailable` when XDP_QUEUES names one that is not there
 */
export function laneOptions(xdp: XdpConfig, machine: Machine): LaneOptions[] {
  const { rxQueues, nodes, mtu } = machine;
  const queues = xdp.queues.length === 0 ? Array.from({ length: rxQueues }, (_, queue) => queue) : xdp.queues;
  const missing = queues.filter((queue) => queue >= rxQueues);
  if (missing.length > 0) {
    const problem = `XDP_QUEUES: there is no RX queue ${missing.join(', ')}; it has ${rxQueues}, from 0 on`;
    throw unavailable(xdp, problem);
  }
  const numaNode = chooseNumaNode(xdp, machine);
  const ofNode = nodes.find(({ node }) => node === numaNode)?.cpus ?? [];
  const cpus = chooseCpus(queues.length, ofNode, threadAffinity());
  return queues.map((queue, i) => ({ xdp, queue, mtu, numaNode, cpu: cpus[i] }));
}
