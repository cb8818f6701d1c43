// Where a service looks for the others is where they are.

import { FACTS, OUR_SERVICES } from '../facts.ts';
import { databaseOf, ofKind, type Rendering } from '../rendering.ts';
import { type Container, eachContainer, isOurServer, type Workload } from '../workloads.ts';
import { variablesOfService } from './env-example.ts';
import { effectiveValue, serviceOf } from './variables.ts';

const DEFAULT_PORTS: Record<string, string> = { postgres: '5432', mysql: '3306', mariadb: '3306' };

export function checkAddresses(rendering: Rendering): string[] {
  return [
    ...eachContainer(rendering, (container, workload) => {
      const get = (name: string) => effectiveValue(rendering, container, name) ?? '';
      const service = serviceOf(container);
      if (workload.object.kind === 'Pod' || service === undefined) return [];
      return [
        ...(isOurServer(workload) ? listenProblems(container, workload, get) : []),
        ...(service === 'api' ? databaseProblems(rendering, get) : []),
        ...(service === 'api' && isOurServer(workload) ? fastpathProblems(rendering, get) : []),
        ...(variablesOfService(service).has('API_URL') ? apiProblems(rendering, get) : []),
      ];
    }),
    ...forwardProblems(rendering),
  ];
}

type Get = (name: string) => string;

function listenProblems({ ports = [] }: Container, { labels }: Workload, get: Get): string[] {
  const wanted = FACTS[labels['app.kubernetes.io/name'] ?? '']?.listens ?? {};
  return Object.entries(wanted).flatMap(([name, variable]) => {
    const port = ports.find((each) => each.name === name);
    if (String(port?.containerPort) === get(variable)) return [];
    return [`port ${name} is ${port?.containerPort}, and ${variable} ${get(variable)}`];
  });
}

/** In the cluster it is the Service of the component, outside a name of DNS. */
function databaseProblems(rendering: Rendering, get: Get): string[] {
  // In a Secret that nobody here has seen.
  if (rendering.components.has('database-url')) return [];
  const component = databaseOf(rendering);
  const [type, host] = [get('DB_TYPE'), get('DB_HOST')];
  const port = get('DB_PORT') || DEFAULT_PORTS[type] || '';
  if (component === undefined) {
    return host.includes('.') && port ? [] : [`DB_HOST "${host}" (DB_PORT "${port}") is no database outside`];
  }
  return [
    ...(type === component ? [] : [`DB_TYPE is ${type} and not ${component}`]),
    ...serviceProblems(rendering, 'DB_HOST', host, port),
  ];
}

/** The headless one: of the other each call would find one instance, and never all. */
function fastpathProblems(rendering: Rendering, get: Get): string[] {
  const address = get('FASTPATH_ADDRESS');
  if (!rendering.bases.has('fastpath')) return address === '' ? [] : ['FASTPATH_ADDRESS leads to nobody'];
  const [host = '', port = ''] = address.split(':');
  const service = ofKind(rendering, 'Service').find(({ metadata }) => metadata.name === host);
  return [
    ...serviceProblems(rendering, 'FASTPATH_ADDRESS', host, port),
    ...(service && service.spec.clusterIP !== 'None'
      ? [`FASTPATH_ADDRESS: Service ${host} is not headless`]
      : []),
  ];
}

function apiProblems(rendering: Rendering, get: Get): string[] {
  const url = URL.parse(get('API_URL'));
  if (!url) return [`API_URL "${get('API_URL')}" is none`];
  return serviceProblems(rendering, 'API_URL', url.hostname, url.port || '80');
}

function serviceProblems(rendering: Rendering, variable: string, host: string, port: string): string[] {
  const service = ofKind(rendering, 'Service').find(({ metadata }) => metadata.name === host);
  if (!service) return [`${variable}: there is no Service ${host}`];
  const has = service.spec.ports.some((each: { port: number }) => String(each.port) === port);
  return has ? [] : [`${variable}: Service ${host} has no port ${port}`];
}

/** What the documents tell to type: kubectl port-forward svc/webui 3000:80, svc/api 5000:5000. */
function forwardProblems(rendering: Rendering): string[] {
  return OUR_SERVICES.filter((name) => rendering.bases.has(name)).flatMap((name) => {
    const [port, target] = FACTS[name]!.forward ?? [];
    if (port === undefined) return [];
    const service = ofKind(rendering, 'Service').find(({ metadata }) => metadata.name === name);
    const ports = (service?.spec.ports ?? []) as { port: number; targetPort: string }[];
    const works = ports.some((each) => each.port === port && each.targetPort === target);
    return works ? [] : [`there is no svc/${name} with port ${port} to ${target}`];
  });
}
