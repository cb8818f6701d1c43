import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { repositoryRoot } from '../repository.ts';
import { run } from './run-command.ts';

const GENERATED = [
  'services/*/src/**/gen/**/*.ts',
  'services/*/src/**/*.gen.ts',
  'services/api/openapi.json',
  'config/env/*.env.example',
  'k8s/helm/*/{Chart.yaml,README.md,values.schema.json}',
];

/**
 * Generates everything again and fails on any file that changed, came or went: it was stale. The comparison is with
 * the files as they were, not with the last commit, so that it also works in the middle of a change; on a clean clone
 * the two are the same.
 */
export async function checkGeneratedFiles(): Promise<void> {
  const before = snapshot();
  await run('scripts/generate.sh');
  const after = snapshot();
  const stale = [...new Set([...before.keys(), ...after.keys()])]
    .filter((file) => before.get(file) !== after.get(file))
    .sort();
  if (stale.length > 0) {
    throw new Error(`stale, and written again just now; look at them and commit them:\n${stale.join('\n')}`);
  }
}

function snapshot(): Map<string, string> {
  const files = globSync(GENERATED, {
    cwd: repositoryRoot,
    exclude: (path) => path.endsWith('node_modules'),
  });
  if (files.length === 0) throw new Error('no generated file was found: the patterns are wrong');
  return new Map(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(`${repositoryRoot}/${file}`))
        .digest('hex'),
    ]),
  );
}
