import { join } from 'node:path';
import { helmTemplate } from '../../../kubernetes/render.ts';
import type { Rendering } from '../rendering.ts';
import { type HelmCase, umbrellaArguments } from './cases.ts';
import { REFUSED } from './switches.ts';

/** A case of the charts in a folder. */
export async function renderHelm(top: string, each: HelmCase): Promise<Rendering> {
  const objects = await Promise.all(
    each.releases.map(({ name, chart, args }) => helmTemplate(name, join(top, chart), ...args)),
  );
  return {
    name: each.name,
    by: 'helm',
    objects: objects.flat(),
    bases: new Set(each.bases),
    components: new Set(each.components),
    existingSecrets: true,
  };
}

/** Values that are taken although they must be refused, or are refused without a word about them. */
export async function checkRefusals(top: string, refused = REFUSED): Promise<string[]> {
  const problems: string[] = [];
  for (const { set, says } of refused) {
    const answer = await helmTemplate('tripod', join(top, 'tripod'), ...umbrellaArguments(set)).then(
      () => 'nothing',
      (error: Error) => error.message,
    );
    if (answer === 'nothing') problems.push(`${set.join(' ')} is taken`);
    else if (!answer.includes(says))
      problems.push(`${set.join(' ')}: the refusal does not say ${says}: ${answer}`);
  }
  return problems;
}
