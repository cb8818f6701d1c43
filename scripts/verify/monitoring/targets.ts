// Whether Prometheus gets to the metrics: each ServiceMonitor finds one port of one Service, the port is one of the pods,
// and the network lets the namespace `monitoring` in there and nowhere else.
import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';

const MONITORING = { 'kubernetes.io/metadata.name': 'monitoring' };
type Labels = Record<string, string>;
interface Port {
  name: string;
  containerPort: number;
}

export function targetProblems(objects: readonly KubernetesObject[]): string[] {
  const monitors = objects.filter(({ kind }) => kind === 'ServiceMonitor');
  const metrics = new Set<string>();
  const problems = monitors.flatMap((monitor) => {
    const [endpoint, ...more] = monitor.spec.endpoints as { port: string; relabelings?: object[] }[];
    if (!endpoint || more.length > 0) return [`${nameOf(monitor)}: not one endpoint`];
    const found = portsBehind(objects, monitor.spec.selector.matchLabels, endpoint.port);
    if (found.length !== 1) return [`${nameOf(monitor)}: ${found.length} ports of Services are asked`];
    const { pods, port } = found[0]!;
    metrics.add(`${nameOf(pods)} ${port}`);
    return letsIn(objects, pods, port) ? [] : [`${nameOf(monitor)}: the network keeps Prometheus out`];
  });
  return [...problems, ...monitors.flatMap(jobProblem), ...tooMuch(objects, metrics)];
}

/** Rules and dashboards know the jobs by these names. */
function jobProblem(monitor: KubernetesObject): string[] {
  const wanted = `tripod-${monitor.metadata.name}`;
  const [endpoint] = monitor.spec.endpoints as {
    relabelings?: { targetLabel: string; replacement?: string }[];
  }[];
  const job = endpoint?.relabelings?.find(({ targetLabel }) => targetLabel === 'job');
  return job?.replacement === wanted ? [] : [`${nameOf(monitor)}: the job is not called ${wanted}`];
}

function portsBehind(objects: readonly KubernetesObject[], selector: Labels, name: string) {
  const services = objects.filter(
    ({ kind, metadata }) => kind === 'Service' && selects(selector, metadata.labels),
  );
  return services.flatMap(({ spec }) => {
    const port = (spec.ports as { name: string; targetPort: string }[]).find((each) => each.name === name);
    if (!port) return [];
    return objects
      .filter(({ spec: own }) => selects(spec.selector, own?.template?.metadata.labels))
      .flatMap((pods) =>
        portsOf(pods)
          .filter((each) => each.name === port.targetPort)
          .map((each) => ({ pods, port: each.containerPort })),
      );
  });
}

function portsOf({ spec }: KubernetesObject): Port[] {
  return (spec.template.spec.containers as { ports?: Port[] }[]).flatMap(({ ports = [] }) => ports);
}

interface Opening {
  policy: KubernetesObject;
  ports: { port: number }[] | undefined;
}

/** Where policies let the namespace `monitoring` in. */
function openings(objects: readonly KubernetesObject[]): Opening[] {
  return objects
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .flatMap((policy) =>
      ((policy.spec.ingress ?? []) as { from?: object[]; ports?: { port: number }[] }[])
        .filter(({ from = [] }) => from.some((peer) => JSON.stringify(peer) === PEER))
        .map(({ ports }) => ({ policy, ports })),
    );
}

const PEER = JSON.stringify({ namespaceSelector: { matchLabels: MONITORING } });

function letsIn(objects: readonly KubernetesObject[], pods: KubernetesObject, port: number): boolean {
  return openings(objects).some(
    ({ policy, ports = [] }) =>
      selects(policy.spec.podSelector.matchLabels, pods.spec.template.metadata.labels) &&
      ports.some((each) => each.port === port),
  );
}

/** Openings to a port that has no metrics, or to all ports. */
function tooMuch(objects: readonly KubernetesObject[], metrics: ReadonlySet<string>): string[] {
  const workloads = objects.filter(({ spec }) => spec?.template);
  return openings(objects).flatMap(({ policy, ports }) => {
    const pods = workloads.filter(({ spec }) =>
      selects(policy.spec.podSelector.matchLabels, spec.template.metadata.labels),
    );
    const wrong = (ports ?? [{ port: 'all' }]).filter(
      ({ port }) => !pods.some((each) => metrics.has(`${nameOf(each)} ${port}`)),
    );
    return wrong.map(({ port }) => `${nameOf(policy)}: Prometheus has no business at port ${port}`);
  });
}

function selects(selector: Labels | undefined, labels: Labels | undefined): boolean {
  return !!selector && !!labels && Object.entries(selector).every(([key, value]) => labels[key] === value);
}
