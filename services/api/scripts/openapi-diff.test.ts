import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../src/openapi.ts';
import { breakingChanges } from './openapi-diff.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tests edit documents at will
type Doc = any;

function document(): Doc {
  return {
    paths: {
      '/things': {
        get: {
          operationId: 'listThings',
          parameters: [{ in: 'query', name: 'q', schema: { type: 'string' } }],
          responses: {
            200: {
              content: {
                'application/json': {
                  schema: { type: 'array', items: { $ref: '#/components/schemas/Thing' } },
                },
              },
            },
          },
        },
        post: {
          operationId: 'createThing',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/NewThing' } } },
          },
          responses: {
            201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
          },
        },
      },
    },
    components: {
      schemas: {
        Thing: {
          type: 'object',
          properties: { id: { type: 'string' }, parent: { $ref: '#/components/schemas/Thing' } },
          required: ['id'],
        },
        NewThing: {
          type: 'object',
          properties: { name: { type: 'string' }, kind: { type: 'string', enum: ['a', 'b'] } },
          required: ['name'],
        },
      },
    },
  };
}

const cases: [string, (doc: Doc) => void, string[]][] = [
  ['nothing', () => {}, []],
  ['a removed path', (doc) => delete doc.paths['/things'], ['/things: path removed']],
  ['a removed operation', (doc) => delete doc.paths['/things'].post, ['POST /things: operation removed']],
  [
    'a renamed operation',
    (doc) => Object.assign(doc.paths['/things'].get, { operationId: 'things' }),
    ['GET /things: operationId listThings became things'],
  ],
  [
    'a removed parameter',
    (doc) => doc.paths['/things'].get.parameters.pop(),
    ['GET /things: query parameter q removed'],
  ],
  [
    'a new required parameter',
    (doc) => doc.paths['/things'].get.parameters.push({ in: 'query', name: 'x', required: true, schema: {} }),
    ['GET /things: query parameter x is now required'],
  ],
  [
    'a removed response field, wherever it is used',
    (doc) => delete doc.components.schemas.Thing.properties.id,
    ['GET /things: response 200[].id: field removed', 'POST /things: response 201.id: field removed'],
  ],
  [
    'a response field that may be missing',
    (doc) => Object.assign(doc.components.schemas.Thing, { required: [] }),
    [
      'GET /things: response 200[].id: may now be missing',
      'POST /things: response 201.id: may now be missing',
    ],
  ],
  [
    'a response field that may be null',
    (doc) => Object.assign(doc.components.schemas.Thing.properties.id, { type: ['string', 'null'] }),
    [
      'GET /things: response 200[].id: type string became string|null',
      'POST /things: response 201.id: type string became string|null',
    ],
  ],
  [
    'a new required request field',
    (doc) => doc.components.schemas.NewThing.required.push('kind'),
    ['POST /things: request application/json.kind: is now required'],
  ],
  [
    'a narrowed enum',
    (doc) => doc.components.schemas.NewThing.properties.kind.enum.pop(),
    ['POST /things: request application/json.kind: value b removed'],
  ],
  [
    'a new optional request field',
    (doc) => Object.assign(doc.components.schemas.NewThing.properties, { more: {} }),
    [],
  ],
  ['a new response field', (doc) => Object.assign(doc.components.schemas.Thing.properties, { more: {} }), []],
  ['a wider enum', (doc) => doc.components.schemas.NewThing.properties.kind.enum.push('c'), []],
];

describe('breakingChanges', () => {
  it.each(cases)('%s', (_name, change, expected) => {
    const head = document();
    change(head);
    expect(breakingChanges(document(), head)).toEqual(expected);
  });

  it('finds nothing between our own document and itself', () => {
    const own = JSON.parse(JSON.stringify(openApiDocument()));
    expect(breakingChanges(own, own)).toEqual([]);
  });
});
