import { ConfigError, readConfig } from './config.ts';
import { openDatabase, waitForDatabase } from './db/database.ts';
import { migrateDown, migrateUp } from './db/migrator.ts';
import { createLogger } from './logger.ts';

/** `node src/migrate.ts [up | down [steps]]`: the only thing that changes the schema. Servers never do. */
let log = createLogger('info');

try {
  const config = readConfig();
  log = createLogger(config.LOG_LEVEL);
  const db = openDatabase(config.database, log);
  try {
    await waitForDatabase(db, config.database, (error, delayMs) =>
      log.warn({ reason: error.message, delayMs }, 'the database does not answer yet'),
    );
    const onStep = (name: string, direction: string) => log.info({ name, direction }, 'migrating');
    const [direction = 'up', steps = '1'] = process.argv.slice(2);
    if (direction === 'up') await migrateUp(db, onStep);
    else if (direction === 'down') await migrateDown(db, Number(steps), onStep);
    else throw new ConfigError(`Unknown direction ${direction}: use up or down`);
    log.info({ database: config.database.type }, 'the schema is current');
  } finally {
    await db.close();
  }
} catch (error) {
  const known = error instanceof ConfigError;
  log.fatal({ ...(!known && { err: error }) }, `cannot migrate: ${(error as Error).message}`);
  process.exitCode = 1;
}
