import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from './config.ts';
import type { Context } from './context.ts';
import { waitForDatabase } from './db/database.ts';
import { pendingMigrations } from './db/migrator.ts';
import { createFirstAdmin } from './users/first-admin.ts';

/**
 * Waits for the database and, once its schema is current, creates the first administrator. With a schema that is
 * behind the server still starts (readiness tells why it does not serve) and does the rest when a migrator has run.
 */
export async function prepare(ctx: Context): Promise<void> {
  await reachDatabase(ctx);
  if ((await pendingMigrations(ctx.db)).length === 0) return createFirstAdmin(ctx);
  ctx.log.warn('the schema is behind: run `node src/migrate.ts`; not ready until then');
  const late = createFirstAdminLate(ctx);
  ctx.lifecycle.use({ name: 'first admin', close: () => late });
}

async function reachDatabase({ db, config, log }: Context): Promise<void> {
  try {
    await waitForDatabase(db, config.database, (error, delayMs) =>
      log.warn({ reason: error.message, delayMs }, 'the database does not answer yet'),
    );
  } catch (cause) {
    const where =
      config.database.type === 'sqlite'
        ? `file ${config.database.file} (DB_NAME)`
        : `${config.database.host}:${config.database.port} (DB_HOST, DB_PORT)`;
    throw new ConfigError(
      `The ${config.database.type} database at ${where} cannot be used: ${(cause as Error).message}`,
      { cause },
    );
  }
}

async function createFirstAdminLate(ctx: Context): Promise<void> {
  while (!ctx.lifecycle.stopping.aborted) {
    try {
      if ((await pendingMigrations(ctx.db)).length === 0) return await createFirstAdmin(ctx);
    } catch (error) {
      ctx.log.warn({ err: error }, 'cannot create the first administrator yet');
    }
    await sleep(1000, undefined, { signal: ctx.lifecycle.stopping }).catch(() => undefined);
  }
}
