import type { Rendering } from '../rendering.ts';
import { type Container, eachContainer, isOurServer, type Probe, type Workload } from '../workloads.ts';

const KINDS = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;
type Kind = (typeof KINDS)[number];
/** /healthz asks nobody. A restart for what /readyz misses would take down what can still say why. */
const PATHS: Record<Kind, string> = {
  startupProbe: '/healthz',
  livenessProbe: '/healthz',
  readinessProbe: '/readyz',
};

/** Servers have all three probes; ours are asked by the kubelet itself, as their images have nothing to ask with. */
export function checkProbes(rendering: Rendering): string[] {
  return eachContainer(rendering, (container, workload) => {
    if (!['Deployment', 'StatefulSet'].includes(workload.object.kind)) return noProbes(container);
    return KINDS.flatMap((kind) => {
      const probe = container[kind];
      if (!probe) return [`it has no ${kind}`];
      const problems = isOurServer(workload)
        ? ownProblems(kind, probe, container, workload)
        : toolProblems(probe);
      return [...problems, ...timeProblems(kind, probe)].map((problem) => `${kind} ${problem}`);
    });
  });
}

/** They would restart what is at work: a Job, a test. */
function noProbes(container: Container): string[] {
  return KINDS.filter((kind) => container[kind]).map((kind) => `it has a ${kind}, and serves nobody`);
}

function ownProblems(kind: Kind, probe: Probe, { ports = [] }: Container, { labels }: Workload): string[] {
  const { httpGet, grpc, exec } = probe;
  if (exec) return ['runs a program in the container'];
  if (kind === 'readinessProbe' && labels['app.kubernetes.io/name'] === 'fastpath') {
    return grpc && ports.some(({ containerPort }) => containerPort === grpc.port)
      ? []
      : ['does not ask by gRPC'];
  }
  if (!httpGet) return ['does not ask by HTTP'];
  return [
    ...(httpGet.path === PATHS[kind] ? [] : [`asks ${httpGet.path} and not ${PATHS[kind]}`]),
    ...(httpGet.port === 'http' && ports.some(({ name }) => name === 'http')
      ? []
      : ['does not ask the port http']),
  ];
}

/** Programs that slim images lack; a database has its own client. */
function toolProblems({ exec }: Probe): string[] {
  const [program = ''] = exec?.command ?? [];
  return /(^|\/)(sh|bash|curl|wget|nc)$/.test(program) ? [`runs ${program}, which is in no slim image`] : [];
}

/** A server that takes a minute to start on a slow node must not be killed for it. */
function timeProblems(kind: Kind, { periodSeconds = 10, failureThreshold = 3 }: Probe): string[] {
  const seconds = periodSeconds * failureThreshold;
  return kind === 'startupProbe' && seconds < 60 ? [`gives up after ${seconds} s`] : [];
}
