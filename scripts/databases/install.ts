import { execFileSync } from 'node:child_process';
import { inRepository } from '../repository.ts';
import { missingServer, type ServerType } from './server.ts';

const PACKAGES: Partial<Record<ServerType, string[]>> = {
  mariadb: ['mariadb-server-core', 'mariadb-client-core'],
  redis: ['redis-server'],
};

/**
 * Makes sure that servers of these types can be started: by apt-get as root on Debian; PostgreSQL came with the npm
 * packages, and MySQL is unpacked into the cache folder. Rejects with what to install elsewhere, for all of them.
 */
export async function installDatabases(types: readonly ServerType[]): Promise<void> {
  const problems: string[] = [];
  for (const type of types) {
    try {
      await install(type);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

async function install(type: ServerType): Promise<void> {
  const packages = PACKAGES[type];
  if (packages && (await missingServer(type)) !== undefined) {
    // What the script says goes into an error; this takes a while, and nobody shall wonder why.
    if (process.getuid?.() === 0) console.error(`tripod: installing ${packages.join(', ')}`);
    try {
      execFileSync(inRepository('scripts/install-databases.sh'), packages, {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    } catch (error) {
      const { stderr } = error as { stderr?: Buffer };
      throw new Error(`${type}: ${stderr?.toString().trim().split('\n').at(-1)}`, { cause: error });
    }
  }
  const problem = await missingServer(type);
  if (problem) throw new Error(problem);
}
