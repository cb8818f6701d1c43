import { spawnNode } from './child-process.ts';
import { type LogRecord, parseLogLine } from './log-record.ts';

const FIRST_MIGRATION = /^0*1\D/;

/**
 * Brings the database that `env` names to the current schema; tells whether it was empty before.
 * Fails with the reason that the migration gave.
 */
export async function migrate(env: NodeJS.ProcessEnv): Promise<{ fresh: boolean }> {
  const records: LogRecord[] = [];
  const { exited } = spawnNode('services/api/src/migrate.ts', env, (line) =>
    records.push(parseLogLine(line)),
  );
  const { code, signal } = await exited;
  if (code !== 0) {
    const reason = records.find(({ level }) => level === 'fatal')?.msg;
    throw new Error(reason ?? `migration ended (${signal ?? `exit code ${code}`}): ${records.at(-1)?.line}`);
  }
  return { fresh: records.some(({ fields }) => FIRST_MIGRATION.test(String(fields.name))) };
}
