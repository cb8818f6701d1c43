// A schema has to be whole in each chart, and most of it is the same in all: that part is kept in one place.

export interface Schema {
  definitions?: Record<string, unknown>;
  [keyword: string]: unknown;
}

/** The schema with the shared definitions that it names, and those that these name, and no others. */
export function withDefinitions(schema: Schema, shared: Record<string, unknown>): Schema {
  const { definitions: _, ...own } = schema;
  const needed = new Set<string>();
  const visit = (value: unknown): void => {
    for (const name of referencesIn(value)) {
      if (!(name in shared)) throw new Error(`there is no definition ${name}`);
      if (needed.has(name)) continue;
      needed.add(name);
      visit(shared[name]);
    }
  };
  visit(own);
  const definitions = Object.entries(shared).filter(([name]) => needed.has(name));
  return { ...own, definitions: Object.fromEntries(definitions) };
}

/** The shared definitions with an `env` that takes these variables only: what no service reads is a typo. */
export function withVariables(
  shared: Record<string, unknown>,
  names: readonly string[],
): Record<string, unknown> {
  const { propertyNames, ...env } = shared.env as { propertyNames: { allOf: unknown[] } };
  return { ...shared, env: { ...env, propertyNames: { allOf: [...propertyNames.allOf, { enum: names }] } } };
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === '$ref' && typeof item === 'string' ? [item.replace(/^#\/definitions\//, '')] : referencesIn(item),
  );
}
