import { expect, test } from 'vitest';
import { envExample, type Field } from './env-example.ts';

/** Stands for a zod schema: what envExample reads of one. */
function field(part: Partial<Field> & { required?: boolean }): Field {
  return {
    def: { type: 'string' },
    safeParse: (value) => ({ success: !(part.required && value === undefined) }),
    ...part,
  };
}

test('required and secret variables are marked, defaults are shown, machine-dependent ones are not', () => {
  const shape = {
    KEY: field({ required: true, description: 'Signs.', meta: () => ({ secret: true }) }),
    PORT: field({ description: 'Port.', def: { type: 'default', defaultValue: 80, innerType: field({}) } }),
    LIST: field({ def: { type: 'pipe', in: field({ def: { type: 'default', defaultValue: ['a', 'b'] } }) } }),
    CPUS: field({ description: 'Workers. Default: CPUs.', def: { type: 'default', defaultValue: 7 } }),
    FILE: field({ def: { type: 'optional', innerType: field({}) } }),
  };
  expect(
    envExample('api', shape),
  ).toBe(`# Environment of api. Generated from its config.ts by make generate; do not edit.

# Signs. Required. Secret.
KEY=

# Port.
#PORT=80

#LIST=a,b

# Workers. Default: CPUs.
#CPUS=

#FILE=
`);
});
