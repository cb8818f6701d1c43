// `make bench`: runs every benchmark of the services, or those whose path contains the argument. Those of the API get
// the database servers.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { SERVER_TYPES } from './databases/server.ts';
import { startTestServers } from './databases/test-servers.ts';
import { repositoryRoot } from './repository.ts';

const NEED_SERVERS = /^services\/api\//;

const [filter = '', ...args] = process.argv.slice(2);
const all = globSync('services/*/bench/*.bench.ts', { cwd: repositoryRoot }).sort();
const chosen = all.filter((file) => file.includes(filter));
if (chosen.length === 0) {
  console.error(`No benchmark matches "${filter}": there are ${all.join(', ') || 'none'}`);
  process.exit(2);
}

const needed = chosen.some((file) => NEED_SERVERS.test(file)) ? SERVER_TYPES : [];
await using servers = await startTestServers(needed);
// A benchmark without its server has a line less, and says so itself; this is why.
for (const problem of servers.problems) console.error(problem);
const environment = {
  ...process.env,
  ...servers.environment,
  // For a benchmark that gives them a CPU of their own.
  DATABASE_PIDS: servers.pids.join(),
};
for (const file of chosen) {
  console.log(`=== node ${[file, ...args].join(' ')}`);
  const env = NEED_SERVERS.test(file) ? environment : process.env;
  const { status } = spawnSync(process.execPath, [file, ...args], {
    cwd: repositoryRoot,
    stdio: 'inherit',
    env,
  });
  if (status !== 0) process.exitCode = 1;
}
