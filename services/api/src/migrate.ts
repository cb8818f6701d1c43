import { ConfigError, readMigratorConfig } from './config.ts';
import { openDatabase, waitForDatabase } from './db/database.ts';
import { migrateDown, migrateUp, NewerSchemaError } from './db/migrator.ts';
import { endOnSignal } from './drain.ts';
import { createLogger } from './logger.ts';

/** `node src/migrate.ts [up | down [steps]]`: the only thing that changes the schema. Servers never do. */
let log = createLogger('info');
const migrating = endOnSignal();

try {
  const config = readMigratorConfig();
  log = createLogger(config.LOG_LEVEL);
  // A statement over a large table may take longer than any request.
  const db = openDatabase({ ...config.database, statementTimeoutMs: 0 }, log);
  try {
    await waitForDatabase(db, config.database, (error, delayMs) =>
      log.warn({ reason: error.message, delayMs }, 'the database does not answer yet'),
    );
    migrating();
    const events = {
      step: (name: string, direction: string) => log.info({ name, direction }, 'migrating'),
      unfinished: (name: string) =>
        log.warn({ name }, 'was not finished by an earlier migrator: beginning again'),
      wait: () => log.info('another migrator is at work: waiting for it'),
    };
    const [direction = 'up', steps = '1'] = process.argv.slice(2);
    if (direction === 'up') {
      const { newer } = await migrateUp(db, events);
      if (newer.length > 0) log.warn({ newer }, 'the database is newer than this version');
    } else if (direction === 'down') await migrateDown(db, Number(steps), events);
    else throw new ConfigError(`Unknown direction ${direction}: use up or down`);
    log.info({ database: config.database.type }, 'the schema is current');
  } finally {
    await db.close();
  }
} catch (error) {
  const known = error instanceof ConfigError || error instanceof NewerSchemaError;
  log.fatal({ ...(!known && { err: error }) }, `cannot migrate: ${(error as Error).message}`);
  process.exitCode = 1;
}
