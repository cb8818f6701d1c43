// The schema of Kubernetes 1.32, as its official client for JavaScript has it: types at run time, and what is required in
// its declarations, which are generated from the same OpenAPI document.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as client from '@kubernetes/client-node';

export interface Field {
  type: string;
  format: string;
  required: boolean;
}

interface Model {
  getAttributeTypeMap(): { name: string; baseName: string; type: string; format: string }[];
}

const models = client as unknown as Record<string, Model | undefined>;
const declarations = join(
  dirname(fileURLToPath(import.meta.resolve('@kubernetes/client-node'))),
  'gen/models',
);
const cache = new Map<string, Map<string, Field> | undefined>();

/** The fields of a type by their names in a manifest; undefined when there is no such type. */
export function fieldsOf(type: string): Map<string, Field> | undefined {
  if (!cache.has(type)) cache.set(type, readFields(type));
  return cache.get(type);
}

function readFields(type: string): Map<string, Field> | undefined {
  const attributes = models[type]?.getAttributeTypeMap?.();
  if (!attributes) return undefined;
  const required = requiredOf(type);
  return new Map(
    attributes.map(({ name, baseName, type, format }) => [
      baseName,
      { type, format, required: required.has(name) },
    ]),
  );
}

function requiredOf(type: string): ReadonlySet<string> {
  const file = join(declarations, `${type}.d.ts`);
  if (!existsSync(file)) throw new Error(`@kubernetes/client-node has no declaration of ${type}`);
  const properties = readFileSync(file, 'utf8').matchAll(/^ {4}'(\w+)'(\??):/gm);
  return new Set([...properties].filter(([, , optional]) => !optional).map(([, name]) => name!));
}
