// Builds everything, a few at a time: most of the time goes into starting programs.
import { availableParallelism } from 'node:os';
import { kustomizeBuild } from '../../kubernetes/render.ts';
import { casesOf } from './helm/cases.ts';
import { renderHelm } from './helm/charts.ts';
import { findOverlays, type KustomizeCase, partsOf, writeCombinations } from './kustomize-cases.ts';
import type { Rendering } from './rendering.ts';

export interface Built {
  renderings: Rendering[];
  /** What did not build, and why. */
  problems: string[];
}

/** All overlays and combinations. */
export async function buildKustomize(): Promise<Built> {
  using scratch = writeCombinations();
  const cases = [...findOverlays(), ...scratch.cases];
  return await build(cases.map((each) => ({ name: each.name, render: () => renderKustomize(each) })));
}

/** All charts in a folder, with all examples and switches. */
export async function buildHelm(top: string): Promise<Built> {
  return build(casesOf(top).map((each) => ({ name: each.name, render: () => renderHelm(top, each) })));
}

export async function renderKustomize(each: KustomizeCase): Promise<Rendering> {
  const objects = await kustomizeBuild(each.folder);
  const { name, existingSecrets } = each;
  return { name, by: 'kustomize', objects, ...partsOf(each), existingSecrets };
}

interface Task {
  name: string;
  render(): Promise<Rendering>;
}

export async function build(tasks: readonly Task[]): Promise<Built> {
  const renderings: (Rendering | undefined)[] = [];
  const problems: string[] = [];
  const waiting = [...tasks.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, { name, render }] = next;
      try {
        renderings[at] = await render();
      } catch (error) {
        problems.push(`${name}: ${(error as Error).message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
  return { renderings: renderings.filter((each) => each !== undefined), problems };
}
