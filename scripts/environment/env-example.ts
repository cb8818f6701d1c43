/** The part of a zod 4 schema that is read here; scripts have no zod of their own. */
export interface Field {
  description?: string;
  meta?(): { secret?: boolean } | undefined;
  safeParse(value: unknown): { success: boolean };
  def: { type: string; innerType?: Field; in?: Field; defaultValue?: unknown };
}

const LINE_WIDTH = 110;

/** The text of a .env.example: each variable with its description; optional ones commented out, with their default. */
export function envExample(service: string, shape: Record<string, Field>): string {
  const variables = Object.entries(shape).map(([name, field]) => {
    const required = !field.safeParse(undefined).success;
    const notes = [required && 'Required.', isSecret(field) && 'Secret.'].filter(Boolean).join(' ');
    const comment = wrap([field.description ?? '', notes].filter(Boolean).join(' '));
    return [...comment, required ? `${name}=` : `#${name}=${defaultText(field)}`].join('\n');
  });
  const head = `# Environment of ${service}. Generated from its config.ts by make generate; do not edit.`;
  return `${[head, ...variables].join('\n\n')}\n`;
}

/**
 * The default as one writes it in the environment. Defaults that depend on the machine are told by the description
 * ("Default: …") and left out here: the file must come out the same everywhere.
 */
function defaultText(field: Field): string {
  if (/\bDefault: /.test(field.description ?? '')) return '';
  for (let at: Field | undefined = field; at; at = at.def.innerType ?? at.def.in) {
    if (at.def.type !== 'default') continue;
    const value = at.def.defaultValue;
    return Array.isArray(value) ? value.join(',') : String(value);
  }
  return '';
}

/** Wrapped schemas keep the meta data of what they wrap to themselves, so each layer is asked. */
function isSecret(field: Field): boolean {
  for (let at: Field | undefined = field; at; at = at.def.innerType ?? at.def.in) {
    if (at.meta?.()?.secret) return true;
  }
  return false;
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < LINE_WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`# ${word}`);
  }
  return lines;
}
