import { expect, test } from 'vitest';
import { withDefinitions, withVariables } from './schema.ts';

const ref = (name: string) => ({ $ref: `#/definitions/${name}` });
const SHARED = {
  name: { type: 'string' },
  peer: { properties: { name: ref('name'), not: ref('peer') } },
  other: { type: 'integer' },
};

test('a schema gets what it names, what that names, and nothing else', () => {
  const schema = { type: 'object', properties: { peers: { items: ref('peer') } }, definitions: { old: {} } };
  expect(withDefinitions(schema, SHARED)).toEqual({
    type: 'object',
    properties: { peers: { items: ref('peer') } },
    definitions: { name: SHARED.name, peer: SHARED.peer },
  });
});

test('the variables of a service are added to what all charts ask of a name', () => {
  const env = { type: 'object', propertyNames: { allOf: [{ pattern: '^[A-Z]' }] } };
  expect(withVariables({ env, name: SHARED.name }, ['HOST', 'PORT'])).toEqual({
    env: { type: 'object', propertyNames: { allOf: [{ pattern: '^[A-Z]' }, { enum: ['HOST', 'PORT'] }] } },
    name: SHARED.name,
  });
});

test('a definition that does not exist is told', () => {
  expect(() => withDefinitions({ items: [ref('nmae')] }, SHARED)).toThrow('there is no definition nmae');
});
