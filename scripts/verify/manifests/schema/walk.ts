// A value against a type of the schema: unknown fields, wrong types, missing fields. The server would drop an unknown field
// with a warning that nobody reads, and the manifest would promise what nobody does.
import { formatProblem } from './formats.ts';
import { fieldsOf } from './models.ts';

const LIST = /^Array<(.+)>$/;
const MAP = /^\{ \[key: string\]: (.+); \}$/;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const INT32 = 2 ** 31;

interface Place {
  /** For messages: spec.ports[0]. */
  path: string;
  /** The field that the value belongs to: "V1Container.args". */
  field: string;
  format: string;
}

export function typeProblems(value: unknown, type: string, place: Place): string[] {
  if (value === null) return [`${place.path} is null`];
  const list = LIST.exec(type);
  if (list) return listProblems(value, list[1]!, place);
  const map = MAP.exec(type);
  if (map) return mapProblems(value, map[1]!, place);
  if (type === 'any' || type === 'object') return [];
  const scalar = SCALARS[type];
  if (scalar) return scalar(value, place).map((problem) => `${place.path} ${problem}`);
  return modelProblems(value, type, place.path);
}

const SCALARS: Record<string, (value: unknown, place: Place) => string[]> = {
  string: stringProblems,
  boolean: (value) => (typeof value === 'boolean' ? [] : ['is no boolean']),
  number: numberProblems,
  Date: (value) => (typeof value === 'string' && DATE.test(value) ? [] : ['is no time (RFC 3339)']),
  IntOrString: (value) =>
    Number.isInteger(value) || (typeof value === 'string' && /^(\d+%|\D[\w.-]*)$/.test(value))
      ? []
      : ['is neither an integer, nor a name, nor a percentage'],
};

function stringProblems(value: unknown, { field, format }: Place): string[] {
  if (typeof value !== 'string') return ['is no string'];
  if (format === 'byte' && !BASE64.test(value)) return ['is not base64'];
  const problem = formatProblem(field, value);
  return problem ? [`: ${problem}`] : [];
}

function numberProblems(value: unknown, { format }: Place): string[] {
  if (typeof value !== 'number' || !Number.isFinite(value)) return ['is no number'];
  if (format.startsWith('int') && !Number.isInteger(value)) return ['is no integer'];
  return format === 'int32' && Math.abs(value) >= INT32 ? ['is too large'] : [];
}

function listProblems(value: unknown, type: string, place: Place): string[] {
  if (!Array.isArray(value)) return [`${place.path} is no list`];
  return value.flatMap((item, at) => typeProblems(item, type, { ...place, path: `${place.path}[${at}]` }));
}

function mapProblems(value: unknown, type: string, place: Place): string[] {
  if (!isRecord(value)) return [`${place.path} is no map`];
  return Object.entries(value).flatMap(([key, item]) =>
    typeProblems(item, type, { ...place, path: `${place.path}.${key}` }),
  );
}

function modelProblems(value: unknown, type: string, path: string): string[] {
  const fields = fieldsOf(type);
  if (!fields) return [`${path}: the schema has no type ${type}`];
  if (!isRecord(value)) return [`${path || 'it'} is no map`];
  const below = (name: string) => (path ? `${path}.${name}` : name);
  const missing = [...fields]
    .filter(([name, { required }]) => required && value[name] === undefined)
    .map(([name]) => `${below(name)} is missing`);
  const wrong = Object.entries(value).flatMap(([name, item]) => {
    const field = fields.get(name);
    if (!field) return [`${below(name)} is unknown`];
    return typeProblems(item, field.type, {
      path: below(name),
      field: `${type}.${name}`,
      format: field.format,
    });
  });
  return [...missing, ...wrong];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
