import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';
import { ofKind, type Rendering } from './rendering.ts';
import { eachContainer, eachWorkload } from './workloads.ts';

const PORT_NAME = /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/;

interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
}

/** Ports are ports, have names that a probe or a Service can use, and none is there twice. */
export function checkPorts(rendering: Rendering): string[] {
  return [
    ...eachContainer(rendering, ({ ports = [] }) =>
      ports.flatMap(({ name, containerPort, hostPort }) => [
        ...rangeProblems(containerPort),
        ...(hostPort === undefined ? [] : rangeProblems(hostPort)),
        ...nameProblems(name, `port ${containerPort}`),
      ]),
    ),
    ...eachWorkload(rendering, ({ containers }) => {
      const ports = containers.flatMap((container) => container.ports ?? []);
      return repeated(
        ports.map(({ name, containerPort, protocol }) => ({ name, port: containerPort, protocol })),
      );
    }),
    ...ofKind(rendering, 'Service').flatMap((service) =>
      serviceProblems(service).map((problem) => `${nameOf(service)}: ${problem}`),
    ),
  ];
}

function serviceProblems({ spec }: KubernetesObject): string[] {
  const ports = (spec.ports ?? []) as ServicePort[];
  if (ports.length === 0) return ['it has no port'];
  return [
    ...ports.flatMap(({ name, port }) => [...rangeProblems(port), ...nameProblems(name, `port ${port}`)]),
    ...repeated(ports),
  ];
}

function rangeProblems(port: number): string[] {
  return port >= 1 && port <= 65_535 ? [] : [`${port} is no port`];
}

/** A name of more than 15 characters, or with capitals, is refused; without one nobody can refer to it. */
function nameProblems(name: string | undefined, what: string): string[] {
  if (name === undefined) return [`${what} has no name`];
  return PORT_NAME.test(name) ? [] : [`"${name}" is no name of a port`];
}

function repeated(ports: readonly ServicePort[]): string[] {
  const names = ports.map(({ name }) => `port ${name}`);
  const numbers = ports.map(({ port, protocol = 'TCP' }) => `port ${port}/${protocol}`);
  return [names, numbers].flatMap((keys) =>
    keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `${key} is there more than once`),
  );
}
