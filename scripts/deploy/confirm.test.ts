import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inRepository } from '../repository.ts';

const PROGRAM = `import { confirm } from '${inRepository('scripts/deploy/confirm.ts')}';
console.log('answer ' + (await confirm('This deletes it all.', {})))`;

/** In a terminal, where somebody types this. */
function answer(text: string): string {
  const node = `'${process.execPath}' --input-type=module --eval '${PROGRAM.replaceAll("'", '"').replaceAll('\n', '; ')}'`;
  const command = ['-c', 'script -qec "$0" /dev/null', node];
  return spawnSync('bash', command, { input: `${text}\n`, encoding: 'utf8' }).stdout;
}

test('in a terminal it asks, and no is the default', () => {
  expect(answer('')).toMatch(/This deletes it all\. Go on\? \[y\/N\][\s\S]*answer false/);
  expect(answer('yes')).toContain('answer true');
});
