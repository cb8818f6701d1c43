import { type KubernetesObject, nameOf } from '../../kubernetes/object.ts';
import type { Rendering } from './rendering.ts';
import { eachContainer, eachWorkload } from './workloads.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Names of Services are names of DNS of the older kind: they start with a letter. */
const SERVICE = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED = /^([a-zA-Z0-9]([\w.-]{0,61}[a-zA-Z0-9])?)$/;
const LABEL_VALUE = /^([a-zA-Z0-9]([\w.-]{0,61}[a-zA-Z0-9])?)?$/;
const DATA_KEY = /^[-.\w]{1,253}$/;
const VARIABLE = /^[A-Za-z_]\w*$/;
/** Their names go into names of pods, or into labels of them. */
const SHORT = ['Deployment', 'StatefulSet', 'Job', 'Namespace'];

/** Names, keys and label values are such as the server takes, and no object is there twice. */
export function checkNames({ objects }: Rendering): string[] {
  const titles = objects.map(
    (object) => `${nameOf(object)} in ${object.metadata.namespace ?? 'the cluster'}`,
  );
  const twice = new Set(titles.filter((title, at) => titles.indexOf(title) !== at));
  return [
    ...[...twice].map((title) => `${title} is there more than once`),
    ...objects.flatMap((object) => objectProblems(object).map((problem) => `${nameOf(object)}: ${problem}`)),
    ...eachWorkload({ objects }, ({ pod, labels, containers }) => [
      ...labelProblems(labels),
      ...repeated('container', containers),
      ...repeated('volume', pod.volumes ?? []),
      ...[...containers, ...(pod.volumes ?? [])]
        .filter(({ name }) => !LABEL.test(name))
        .map(({ name }) => `"${name}" is no name of a container or volume`),
    ]),
    ...eachContainer({ objects }, ({ env = [] }) => [
      ...repeated('variable', env),
      ...env.filter(({ name }) => !VARIABLE.test(name)).map(({ name }) => `"${name}" is no variable`),
    ]),
  ];
}

function objectProblems({ kind, metadata, data }: KubernetesObject): string[] {
  const pattern = kind === 'Service' ? SERVICE : SHORT.includes(kind) ? LABEL : SUBDOMAIN;
  return [
    ...(pattern.test(metadata.name) ? [] : ['its name is none']),
    ...labelProblems(metadata.labels ?? {}),
    ...keyProblems('annotation', Object.keys(metadata.annotations ?? {})),
    ...Object.keys(data ?? {})
      .filter((key) => !DATA_KEY.test(key))
      .map((key) => `"${key}" is no key`),
  ];
}

function labelProblems(labels: Record<string, string>): string[] {
  return [
    ...keyProblems('label', Object.keys(labels)),
    ...Object.entries(labels)
      .filter(([, value]) => !LABEL_VALUE.test(value))
      .map(([key, value]) => `label ${key}: "${value}" is no value of a label`),
  ];
}

function keyProblems(what: string, keys: readonly string[]): string[] {
  return keys
    .filter((key) => {
      const [name, prefix, ...more] = key.split('/').reverse();
      return !QUALIFIED.test(name!) || (prefix !== undefined && !SUBDOMAIN.test(prefix)) || more.length > 0;
    })
    .map((key) => `"${key}" is no name of a ${what}`);
}

function repeated(what: string, named: readonly { name: string }[]): string[] {
  const names = named.map(({ name }) => name);
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))].map(
    (name) => `${what} ${name} is there more than once`,
  );
}
