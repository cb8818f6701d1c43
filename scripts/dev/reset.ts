import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { spawnNode } from '../processes/child-process.ts';
import { parseLogLine } from '../processes/log-record.ts';
import { checkAnswers, shortPath } from './database.ts';
import { DATABASE_NAMES, type DatabaseChoice } from './database-choice.ts';
import { DevProblem } from './problem.ts';

export interface Reset {
  /** What is gone afterwards; undefined when there is nothing. */
  drops: string | undefined;
  run(): Promise<void>;
}

/** How the data of this choice is dropped. `environment`: what the API would be started with. */
export async function planReset(choice: DatabaseChoice, environment: NodeJS.ProcessEnv): Promise<Reset> {
  if (environment.APP_ENV === 'production')
    throw new DevProblem('APP_ENV=production: this is for development only. Nothing was dropped.');
  switch (choice.kind) {
    case 'file':
      return removeFile(choice.file);
    case 'own':
      return removeFolder(choice);
    case 'configured':
      await checkAnswers(choice);
      return {
        drops: `all tables of Tripod, with what is in them, in the ${DATABASE_NAMES[choice.type]} database ${choice.name} on ${choice.host}:${choice.port}`,
        run: () => migrateDown(environment),
      };
    case 'unknown':
      throw new DevProblem('DB_TYPE or DATABASE_URL names no database that is known here.');
  }
}

/** With SQLite's log and its index beside it. */
function removeFile(file: string): Reset {
  const folder = dirname(file);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names.filter((name) =>
    [`-wal`, `-shm`, ''].some((end) => name === `${basename(file)}${end}`),
  );
  return {
    drops: files.length > 0 ? `the SQLite database ${shortPath(file)}` : undefined,
    run: async () => {
      for (const name of files) rmSync(join(folder, name));
    },
  };
}

function removeFolder({ type, directory }: Extract<DatabaseChoice, { kind: 'own' }>): Reset {
  return {
    drops: existsSync(directory)
      ? `the ${DATABASE_NAMES[type]} server in ${shortPath(directory)}, with all its databases`
      : undefined,
    run: async () => rmSync(directory, { recursive: true }),
  };
}

/** More steps than there are migrations: all of them. */
const ALL = '100000';

async function migrateDown(environment: NodeJS.ProcessEnv): Promise<void> {
  let reason: string | undefined;
  const onLine = (line: string) => {
    const { level, msg } = parseLogLine(line);
    if (level === 'fatal') reason = msg;
  };
  const { exited } = spawnNode('services/api/src/migrate.ts', environment, onLine, ['down', ALL]);
  const { code } = await exited;
  if (code !== 0) throw new DevProblem(reason ?? `the tables cannot be dropped (exit code ${code})`);
}
