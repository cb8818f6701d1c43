// The environment that a container really gets.
import type { KubernetesObject } from '../../../kubernetes/object.ts';
import { serviceOfImage } from '../facts.ts';
import { ofKind, type Rendering } from '../rendering.ts';
import type { Container, EnvFrom, EnvVar, Workload } from '../workloads.ts';
import { type Variable, variablesOfService } from './env-example.ts';
import { EXISTING_CONFIG_MAPS, EXISTING_SECRETS } from './existing-secrets.ts';

export interface Setting {
  name: string;
  /** Unknown when it comes from an existing Secret, or from the pod itself. */
  value?: string;
  from: 'ConfigMap' | 'Secret' | 'manifest';
}

/** All of them; of the same name the last one wins. */
export function settingsOf(rendering: Rendering, { env = [], envFrom = [] }: Container): Setting[] {
  const all = [
    ...envFrom.flatMap((each) => fromObject(rendering, each)),
    ...env.map((each) => fromEntry(rendering, each)),
  ];
  return [...new Map(all.map((setting) => [setting.name, setting])).values()];
}

function fromObject(rendering: Rendering, { prefix = '', configMapRef, secretRef }: EnvFrom): Setting[] {
  const from = configMapRef ? 'ConfigMap' : 'Secret';
  const data = dataOf(rendering, from, (configMapRef ?? secretRef)?.name ?? '');
  return Object.entries(data ?? {}).map(([name, value]) => ({ name: prefix + name, value, from }));
}

function fromEntry(rendering: Rendering, { name, value, valueFrom }: EnvVar): Setting {
  const { configMapKeyRef, secretKeyRef } = valueFrom ?? {};
  const ref = configMapKeyRef ?? secretKeyRef;
  if (!ref) return { name, value: valueFrom ? undefined : (value ?? ''), from: 'manifest' };
  const from = configMapKeyRef ? 'ConfigMap' : 'Secret';
  return { name, value: dataOf(rendering, from, ref.name)?.[ref.key], from };
}

/** Keys and values of a ConfigMap or Secret; of an existing Secret the keys that it may have. */
export function dataOf(
  rendering: Rendering,
  kind: 'ConfigMap' | 'Secret',
  name: string,
): Record<string, string | undefined> | undefined {
  const object = ofKind(rendering, kind).find(({ metadata }) => metadata.name === name);
  if (object) return kind === 'Secret' ? secretData(object) : (object.data ?? {});
  if (!rendering.existingSecrets) return undefined;
  const keys = (kind === 'Secret' ? EXISTING_SECRETS : EXISTING_CONFIG_MAPS)[name];
  return keys && Object.fromEntries(keys.map((key) => [key, undefined]));
}

export function secretData({ data = {}, stringData = {} }: KubernetesObject): Record<string, string> {
  const decoded = Object.entries(data as Record<string, string>).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString(),
  ]);
  return { ...Object.fromEntries(decoded), ...stringData };
}

/** The service whose code runs in a container of ours: its image tells. */
export function serviceOf({ image = '' }: Container): string | undefined {
  return serviceOfImage(image);
}

/** The schema of that service; a test of a chart uses the image and not the program. */
export function schemaOf(
  container: Container,
  { object }: Workload,
): ReadonlyMap<string, Variable> | undefined {
  const service = object.kind === 'Pod' ? undefined : serviceOf(container);
  return service === undefined ? undefined : variablesOfService(service);
}

/** What the program sees: what is set, or its default. */
export function effectiveValue(rendering: Rendering, container: Container, name: string): string | undefined {
  const set = settingsOf(rendering, container).find((each) => each.name === name);
  if (set) return set.value;
  const service = serviceOf(container);
  return service === undefined ? undefined : variablesOfService(service).get(name)?.fallback;
}
