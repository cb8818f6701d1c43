import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inRepository } from '../repository.ts';

/* What the Dockerfiles repeat must be the same in each: a stage that differs by a letter is built once more. */

const read = (file: string) => readFileSync(inRepository(file), 'utf8');
const dockerfiles = globSync('services/*/Dockerfile', { cwd: inRepository('') }).sort();
const tools = JSON.parse(read('scripts/tools/package.json')) as {
  optionalDependencies: Record<string, string>;
};

/** The instructions of a stage, without comments. */
function stage(file: string, name: string): string {
  const [, body] =
    new RegExp(`^(FROM \\S.* AS ${name}\\n[^]*?)(?=\\n+(?:#[^\\n]*\\n)*FROM )`, 'm').exec(read(file)) ?? [];
  if (!body) throw new Error(`${file} has no stage ${name}`);
  return body.replaceAll(/^#.*\n/gm, '').trim();
}

test('there are Dockerfiles', () => expect(dockerfiles.length).toBeGreaterThanOrEqual(3));

test.each(dockerfiles)('%s: the Node of make setup', (file) => {
  const [, version] = /^ARG NODE_IMAGE=node:([\d.]+)-/m.exec(read(file)) ?? [];
  const nodes = Object.entries(tools.optionalDependencies).filter(([name]) => name.startsWith('node-'));
  expect(new Set(nodes.map(([, each]) => each))).toEqual(new Set([version]));
});

test.each(dockerfiles)('%s: bases and stages that are shared', (file) => {
  const shared = (of: string) => [
    read(of).match(/^ARG .*_IMAGE=.*$/gm),
    stage(of, 'tools'),
    stage(of, 'node'),
    stage(of, 'debian').replace(/^RUN apt-get.*\n/m, ''),
  ];
  expect(shared(file)).toEqual(shared(dockerfiles[0]!));
});

test.each(dockerfiles)('%s: a user of its own', (file) => {
  const [, user] = /^USER (\d+):\1$/m.exec(read(file)) ?? [];
  expect(Number(user)).toBeGreaterThanOrEqual(10_000);
  const others = dockerfiles
    .filter((other) => other !== file)
    .map((other) => /^USER (\d+)/m.exec(read(other))?.[1]);
  expect(others).not.toContain(user);
});
