import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDatabases } from './install.ts';
import { type DatabaseServer, type ServerType, startDatabaseServer } from './server.ts';

export interface TestServers extends AsyncDisposable {
  /** TEST_POSTGRES_URL and so on, of those that run. */
  environment: Record<string, string>;
  /** Of the processes that were started. */
  pids: number[];
  /** Why others do not, and how to change that. */
  problems: string[];
}

/**
 * Empty servers for a run of tests or benchmarks, gone with their data at its end. A server that the environment names
 * (TEST_POSTGRES_URL=…) is taken as it is instead.
 */
export async function startTestServers(types: readonly ServerType[]): Promise<TestServers> {
  const directory = mkdtempSync(join(tmpdir(), 'tripod-databases-'));
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  process.once('exit', remove);
  const servers: DatabaseServer[] = [];
  const environment: Record<string, string> = {};
  const problems: string[] = [];
  for (const type of types) {
    const variable = `TEST_${type.toUpperCase()}_URL`;
    if (process.env[variable]) continue;
    try {
      await installDatabases([type]);
      // Nothing waits for the disk: what is tested and compared is above it, and the data is thrown away.
      const server = await startDatabaseServer({ type, directory: join(directory, type), durable: false });
      servers.push(server);
      environment[variable] = server.url();
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  return {
    environment,
    pids: servers.map(({ pid }) => pid),
    problems,
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.stop()));
      process.off('exit', remove);
      remove();
    },
  };
}
