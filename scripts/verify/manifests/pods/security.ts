import { type Rendering, usesXdp } from '../rendering.ts';
import { eachWorkload, type Workload } from '../workloads.ts';
import { violations } from './security-standard.ts';

const adds = (capability: string) => `container fastpath: adds ${capability} (beyond baseline)`;
/** What AF_XDP takes, and the fast path alone may have: exactly this. The components xdp* say why. */
const XDP = [
  'UID 0',
  'runAsNonRoot is false',
  ...['NET_RAW', 'NET_ADMIN', 'BPF', 'PERFMON', 'IPC_LOCK'].map(adds),
];
const OWN_NIC = adds('SYS_NICE');
const HOST_NETWORK = [
  'hostNetwork',
  ...[50051, 8080, 7000].map((port) => `container fastpath: hostPort ${port}`),
];

/** Every pod meets `restricted`, Jobs, init containers and tests too. */
export function checkPodSecurity(rendering: Rendering): string[] {
  return eachWorkload(rendering, (workload) => {
    const allowed = exceptionsOf(rendering, workload);
    const found = violations(workload);
    return [
      ...found.filter((each) => !allowed.includes(each)).map((each) => `is not restricted: ${each}`),
      ...allowed.filter((each) => !found.includes(each)).map((each) => `AF_XDP does without: ${each}`),
    ];
  });
}

function exceptionsOf(rendering: Rendering, { labels }: Workload): string[] {
  if (!usesXdp(rendering) || labels['app.kubernetes.io/name'] !== 'fastpath') return [];
  const hostNetwork = rendering.components.has('xdp-host-network');
  const ownNic = hostNetwork || rendering.components.has('xdp-multus');
  return [...XDP, ...(ownNic ? [OWN_NIC] : []), ...(hostNetwork ? HOST_NETWORK : [])];
}
