import { type KubernetesObject, nameOf } from '../../../kubernetes/object.ts';
import type { Rendering } from '../rendering.ts';
import { CUSTOM_KINDS, shapeProblems } from './custom-kinds.ts';
import { kindOf } from './kinds.ts';
import { typeProblems } from './walk.ts';

/** Every object has a known kind, and is what Kubernetes 1.32 says of it. */
export function checkSchemas({ objects }: Rendering): string[] {
  return objects.flatMap((object) =>
    objectProblems(object).map((problem) => `${nameOf(object)}: ${problem}`),
  );
}

function objectProblems(object: KubernetesObject): string[] {
  const kind = kindOf(object);
  if (!kind) return [`apiVersion ${object.apiVersion} and kind ${object.kind} are unknown here`];
  if (!object.metadata?.name) return ['metadata.name is missing'];
  if (kind.type) return typeProblems(object, kind.type, { path: '', field: '', format: '' });
  return customProblems(object);
}

function customProblems({ apiVersion, kind, metadata, spec, ...more }: KubernetesObject): string[] {
  return [
    ...typeProblems(metadata, 'V1ObjectMeta', { path: 'metadata', field: '', format: '' }),
    ...shapeProblems(spec, CUSTOM_KINDS[kind]!, 'spec'),
    ...Object.keys(more).map((name) => `${name} is unknown`),
  ];
}
