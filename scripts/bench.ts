// `make bench`: runs every benchmark of the services, or those whose path contains the argument.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { repositoryRoot } from './repository.ts';

const [filter = ''] = process.argv.slice(2);
const all = globSync('services/*/bench/*.bench.ts', { cwd: repositoryRoot }).sort();
const chosen = all.filter((file) => file.includes(filter));
if (chosen.length === 0) {
  console.error(`No benchmark matches "${filter}": there are ${all.join(', ') || 'none'}`);
  process.exit(2);
}
for (const file of chosen) {
  console.log(`=== node ${file}`);
  const { status } = spawnSync(process.execPath, [file], { cwd: repositoryRoot, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
