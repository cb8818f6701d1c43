import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { OUR_SERVICES } from './facts.ts';
import { combinations, findOverlays, partsOf, writeCombinations } from './kustomize-cases.ts';
import { build, renderKustomize } from './render-all.ts';
import { problemsOf } from './rendering.ts';

test('overlays are found, and what they name', () => {
  const overlays = findOverlays();
  expect(overlays.map(({ name }) => name)).toContain('overlays/beta');
  const parts = (name: string) => partsOf(overlays.find((each) => each.name === `overlays/${name}`)!);
  expect(parts('alpha-xdp').bases).toEqual(new Set(['namespace', ...OUR_SERVICES]));
  expect(parts('alpha-xdp').components).toEqual(new Set(['postgres', 'xdp']));
  expect(parts('alpha-two').bases.has('fastpath')).toBe(false);
});

test('every combination is there once, and gone afterwards', () => {
  const all = combinations([
    ['', 'postgres', 'mysql'],
    ['', 'redis'],
  ]);
  expect(all).toEqual([[], ['redis'], ['postgres'], ['postgres', 'redis'], ['mysql'], ['mysql', 'redis']]);
  let folder = '';
  {
    using scratch = writeCombinations(all, []);
    folder = scratch.cases[3]!.folder;
    const { components } = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8'));
    expect(components).toHaveLength(2);
    expect(partsOf(scratch.cases[3]!).components).toEqual(new Set(['postgres', 'redis']));
  }
  expect(existsSync(folder)).toBe(false);
});

test('a component brings those that it names', () => {
  using scratch = writeCombinations([['xdp-multus']], [['redis']]);
  expect(partsOf(scratch.cases[0]!).components).toEqual(new Set(['xdp-multus', 'xdp']));
  expect(partsOf(scratch.cases[1]!).bases).toEqual(
    new Set(['namespace', ...OUR_SERVICES.filter((name) => name !== 'fastpath')]),
  );
});

test('what does not build is told, and the rest is there', async () => {
  using scratch = writeCombinations([['redis']]);
  const [works] = scratch.cases;
  const broken = { ...works!, name: 'broken', folder: join(works!.folder, 'nowhere') };
  const tasks = [broken, works!].map((each) => ({ name: each.name, render: () => renderKustomize(each) }));
  const { renderings, problems } = await build(tasks);
  expect(renderings.map(({ name }) => name)).toEqual([`combination ${OUR_SERVICES.join('+')}+redis`]);
  expect(problems.join()).toMatch(/^broken: .*nowhere/);
});

test('one problem of many is told once', () => {
  const rendering = (name: string) => ({
    name,
    by: 'helm' as const,
    objects: [],
    bases: new Set<string>(),
    components: new Set<string>(),
    existingSecrets: true,
  });
  const check = ({ name }: { name: string }) => (name === 'c' ? [] : ['wrong', 'wrong', `only ${name}`]);
  expect(problemsOf(['a', 'b', 'c'].map(rendering), check)).toEqual([
    'a (and 1 more): wrong',
    'a: only a',
    'b: only b',
  ]);
});
