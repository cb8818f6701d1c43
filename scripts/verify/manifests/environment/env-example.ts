// The variables of each service, from the file that is generated from its schema: scripts import no service.
import { readFileSync } from 'node:fs';
import { inRepository } from '../../../repository.ts';

export interface Variable {
  secret: boolean;
  required: boolean;
  /** As one writes it; empty where the machine decides, or where there is none. */
  fallback: string;
}

const cache = new Map<string, ReadonlyMap<string, Variable>>();

export function variablesOfService(service: string): ReadonlyMap<string, Variable> {
  const known = cache.get(service);
  if (known) return known;
  const read = parseEnvExample(readFileSync(inRepository(`config/env/${service}.env.example`), 'utf8'));
  cache.set(service, read);
  return read;
}

/** Paragraphs: a comment, and the variable that it is about. */
export function parseEnvExample(text: string): ReadonlyMap<string, Variable> {
  return new Map(
    text.split('\n\n').flatMap((paragraph): [string, Variable][] => {
      const [, comment, name, fallback] = /^((?:# .*\n)+)#?([A-Z][A-Z0-9_]*)=(.*)$/m.exec(paragraph) ?? [];
      if (!name) return [];
      const notes = comment!.replaceAll(/\n# /g, ' ').trim();
      const secret = / Secret\.$/.test(notes);
      return [[name, { secret, required: /\bRequired\.( Secret\.)?$/.test(notes), fallback: fallback! }]];
    }),
  );
}
