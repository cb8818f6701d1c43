/**
 * What breaks a client of an API, by direction. In a request the server may ask for less and accept more; in a
 * response it may add, but neither remove nor change. Schemas are compared by content, not by component name.
 */
type Json = { [key: string]: unknown };
type Direction = 'request' | 'response';
interface Side {
  base: Json;
  head: Json;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** One line for each breaking change from `base` to `head` (OpenAPI 3.1 documents). */
export function breakingChanges(base: Json, head: Json): string[] {
  const found: string[] = [];
  const documents = { base, head };
  for (const [path, item] of entries(base.paths)) {
    const newItem = at(head.paths, path);
    if (!newItem) found.push(`${path}: path removed`);
    for (const method of METHODS) {
      const was = at(item, method);
      if (!was || !newItem) continue;
      const name = `${method.toUpperCase()} ${path}`;
      const is = at(newItem, method);
      if (is) found.push(...operation(documents, was, is).map((text) => `${name}: ${text}`));
      else found.push(`${name}: operation removed`);
    }
  }
  return found;
}

function operation(documents: Side, was: Json, is: Json): string[] {
  const found = parameters(documents, was, is);
  if (is.operationId !== was.operationId)
    found.push(`operationId ${was.operationId} became ${is.operationId}`);
  const [oldBody, newBody] = [at(was, 'requestBody'), at(is, 'requestBody')];
  if (newBody?.required === true && oldBody?.required !== true) found.push('request body is now required');
  for (const [type, media] of entries(oldBody?.content)) {
    found.push(...content(documents, media, at(newBody?.content, type), 'request', `request ${type}`));
  }
  for (const [status, response] of entries(was.responses)) {
    const now = at(is.responses, status);
    // Which errors are listed is documentation: every client must expect any of them.
    if (!status.startsWith('2')) continue;
    if (!now) found.push(`response ${status} removed`);
    else
      for (const [type, media] of entries(response.content)) {
        found.push(...content(documents, media, at(now.content, type), 'response', `response ${status}`));
      }
  }
  return found;
}

function parameters(documents: Side, was: Json, is: Json): string[] {
  const key = (parameter: Json) => `${parameter.in} parameter ${parameter.name}`;
  const before = new Map(list(was.parameters).map((parameter) => [key(parameter), parameter]));
  const after = new Map(list(is.parameters).map((parameter) => [key(parameter), parameter]));
  const found: string[] = [];
  for (const [name, parameter] of before) {
    const now = after.get(name);
    if (!now) found.push(`${name} removed`);
    else found.push(...schema(documents, at(parameter, 'schema'), at(now, 'schema'), 'request', name));
  }
  for (const [name, parameter] of after) {
    if (parameter.required === true && before.get(name)?.required !== true)
      found.push(`${name} is now required`);
  }
  return found;
}

function content(
  documents: Side,
  was: Json,
  is: Json | undefined,
  direction: Direction,
  where: string,
): string[] {
  if (!is) return [`${where} removed`];
  return schema(documents, at(was, 'schema'), at(is, 'schema'), direction, where);
}

function schema(
  documents: Side,
  was: Json | undefined,
  is: Json | undefined,
  direction: Direction,
  where: string,
  seen: string[] = [],
): string[] {
  const refs = `${was?.$ref}|${is?.$ref}`;
  if (!was || !is || seen.includes(refs)) return [];
  const deeper = was.$ref || is.$ref ? [...seen, refs] : seen;
  const [before, after] = [resolve(documents.base, was), resolve(documents.head, is)];
  const compare = (a: Json | undefined, b: Json | undefined, place: string) =>
    schema(documents, a, b, direction, place, deeper);
  return [
    ...types(before, after, direction, where),
    ...enums(before, after, direction, where),
    ...properties(before, after, direction, where, compare),
    ...compare(at(before, 'items'), at(after, 'items'), `${where}[]`),
  ];
}

function types(was: Json, is: Json, direction: Direction, where: string): string[] {
  const [before, after] = [names(was.type), names(is.type)];
  if (before.length === 0 || after.length === 0) return [];
  const [giver, taker] = direction === 'request' ? [before, after] : [after, before];
  const refused = giver.filter(
    (type) => !taker.includes(type) && !(type === 'integer' && taker.includes('number')),
  );
  return refused.length > 0 ? [`${where}: type ${before.join('|')} became ${after.join('|')}`] : [];
}

/** A request must still accept every old value. A response with a new value is an addition that clients must bear. */
function enums(was: Json, is: Json, direction: Direction, where: string): string[] {
  if (direction === 'response' || !Array.isArray(is.enum)) return [];
  if (!Array.isArray(was.enum)) return [`${where}: now limited to ${is.enum.join(', ')}`];
  return was.enum
    .filter((value) => !(is.enum as unknown[]).includes(value))
    .map((value) => `${where}: value ${value} removed`);
}

function properties(
  was: Json,
  is: Json,
  direction: Direction,
  where: string,
  compare: (a: Json | undefined, b: Json | undefined, place: string) => string[],
): string[] {
  const found: string[] = [];
  const after = (is.properties ?? {}) as Json;
  for (const [name, property] of entries(was.properties)) {
    if (!(name in after)) found.push(`${where}.${name}: field removed`);
    else found.push(...compare(property, after[name] as Json, `${where}.${name}`));
  }
  const [required, requiredNow] = [names(was.required), names(is.required)];
  const [more, less] = direction === 'request' ? [requiredNow, required] : [required, requiredNow];
  for (const name of more.filter((field) => !less.includes(field))) {
    if (direction === 'response' && !(name in after)) continue;
    found.push(`${where}.${name}: ${direction === 'request' ? 'is now required' : 'may now be missing'}`);
  }
  return found;
}

function resolve(document: Json, value: Json): Json {
  if (typeof value.$ref !== 'string') return value;
  const path = value.$ref.replace(/^#\//, '').split('/');
  return path.reduce<Json>((node, key) => (node[key] ?? {}) as Json, document);
}

function at(value: unknown, key: string): Json | undefined {
  return (value as Json | undefined)?.[key] as Json | undefined;
}

function entries(value: unknown): [string, Json][] {
  return Object.entries((value ?? {}) as Record<string, Json>);
}

function list(value: unknown): Json[] {
  return (value ?? []) as Json[];
}

function names(value: unknown): string[] {
  return value === undefined ? [] : ([value].flat() as string[]);
}
