// `make seed-scale`: fills the database of `make dev`, while that does not run, with as much as a large installation has.
import { spawnSync } from 'node:child_process';
import { webuiUrl } from './dev/banner.ts';
import { environmentOf, startOwnDatabase } from './dev/database.ts';
import { holdInstanceLock } from './dev/instance-lock.ts';
import { DevProblem } from './dev/problem.ts';
import { readSettings } from './dev/settings.ts';
import { repositoryRoot } from './repository.ts';

const GENERATOR = 'services/api/scripts/generate-data.ts';
const LARGE = ['--users', '1000000', '--audit', '5000000', '--rules', '100000'];

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const { directory, database, env } = settings;
  const args = process.argv.length > 2 ? process.argv.slice(2) : LARGE;
  const lock = await holdInstanceLock(directory, webuiUrl(settings));
  const server =
    database.kind === 'own' ? await startOwnDatabase(database, (_, text) => console.log(text)) : null;
  try {
    const { status } = spawnSync(process.execPath, [GENERATOR, ...args], {
      cwd: repositoryRoot,
      stdio: 'inherit',
      env: { ...env.api, ...(server && environmentOf(server)) },
    });
    process.exitCode = status ?? 1;
  } finally {
    await server?.stop();
    lock.close();
  }
}

main().catch((error: Error) => {
  console.error(error instanceof DevProblem ? error.message : error);
  process.exitCode = 1;
});
