import { readFileSync } from 'node:fs';
import { inRepository } from '../repository.ts';
import type { RestClient } from '../seed/rest-client.ts';
import { demoFlows } from '../traffic/demo-flows.ts';
import type { Cluster } from './cluster.ts';

/** Of a flow whose packets do not come back, the sender waits so long for the last of them. */
const SETTLE_MS = 500;

export interface PodFlow {
  srcPort: number;
  size: number;
  count: number;
  intervalMs: number;
}

interface Status {
  instances: { reachable: boolean; mode: 'udp' | 'afxdp' | null; data_addresses: string[] }[];
}

/** The UDP port of the data plane on the loopback of its pod; a reason where it does not listen there. */
export async function loopbackPort(api: RestClient): Promise<{ port: number } | { reason: string }> {
  const { instances } = await api.get<Status>('/fastpath/status');
  const reachable = instances.filter((one) => one.reachable);
  if (reachable.length === 0) return { reason: 'no fast path is reachable' };
  if (reachable.some(({ mode }) => mode !== 'udp')) {
    return {
      reason: "AF_XDP takes packets from the pod's interface, and none can be sent to it from inside",
    };
  }
  const address = reachable[0]!.data_addresses.find((one) => one.startsWith('127.0.0.1:'));
  return address ? { port: Number(address.split(':')[1]) } : { reason: 'DATA_HOST excludes 127.0.0.1' };
}

/** Sends these flows inside a fast path's pod; answers what was sent and what came back, for each. */
export async function sendInPod(
  cluster: Cluster,
  port: number,
  flows: readonly PodFlow[],
): Promise<{ sent: number; received: number }[]> {
  const program = readFileSync(inRepository('scripts/deploy/pod-sender.ts'), 'utf8');
  const order = JSON.stringify({ target: { address: '127.0.0.1', port }, flows, settleMs: SETTLE_MS });
  const command = ['node', '--input-type=module-typescript', '-', order];
  const args = ['exec', '--stdin', 'deployment/fastpath', '--container=fastpath', '--', ...command];
  return JSON.parse(await cluster.ask(args, { input: program })) as { sent: number; received: number }[];
}

/** The demonstration flows of `make dev`, for so many seconds. */
export function demoPodFlows(seconds: number): PodFlow[] {
  return demoFlows(['127.0.0.1:7000']).map(({ srcPort, size, rate }) => ({
    srcPort: srcPort!,
    size: size!,
    count: rate * seconds,
    intervalMs: 1000 / rate,
  }));
}
