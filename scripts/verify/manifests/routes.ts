import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';
import { ofKind, type Rendering } from './rendering.ts';

interface Backend {
  name: string;
  port: number | string | undefined;
}

/** What leads in from outside leads to the WebUI, the whole of it, and not in the clear. */
export function checkRoutes(rendering: Rendering): string[] {
  return ofKind(rendering, 'Ingress', 'HTTPRoute').flatMap((route) => {
    const problems = route.kind === 'Ingress' ? tlsProblems(route) : [];
    const backends = route.kind === 'Ingress' ? ingressBackends(route) : routeBackends(route);
    return [
      ...problems,
      ...(backends.length > 0 ? [] : ['it leads nowhere']),
      ...backends.flatMap((each) => backendProblems(each, rendering)),
    ].map((problem) => `${nameOf(route)}: ${problem}`);
  });
}

function backendProblems({ name, port }: Backend, rendering: Rendering): string[] {
  const service = ofKind(rendering, 'Service').find(({ metadata }) => metadata.name === name);
  if (!service) return [`there is no Service ${name}`];
  const ports = service.spec.ports as { name: string; port: number }[];
  const found = ports.find((each) => each.name === port || each.port === port);
  return [
    ...(found ? [] : [`Service ${name} has no port ${port}`]),
    ...(name === 'webui' && found?.name !== 'metrics'
      ? []
      : [`it opens ${name} ${found?.name} to everybody`]),
  ];
}

/** A login over plain HTTP is one that everybody on the way can read. */
function tlsProblems({ spec }: KubernetesObject): string[] {
  const hosts = (spec.tls ?? []).flatMap((each: { hosts?: string[] }) => each.hosts ?? []);
  return (spec.rules as { host?: string }[]).flatMap(({ host }) =>
    host && hosts.includes(host) ? [] : [`no TLS for ${host ?? 'hosts that it does not name'}`],
  );
}

function ingressBackends({ spec }: KubernetesObject): Backend[] {
  const rules = spec.rules as {
    http: { paths: { backend: { service: { name: string; port: { name?: string; number?: number } } } }[] };
  }[];
  return rules.flatMap(({ http }) =>
    http.paths.map(({ backend: { service } }) => ({
      name: service.name,
      port: service.port.name ?? service.port.number,
    })),
  );
}

function routeBackends({ spec }: KubernetesObject): Backend[] {
  return (spec.rules as { backendRefs: Backend[] }[]).flatMap(({ backendRefs }) => backendRefs);
}
