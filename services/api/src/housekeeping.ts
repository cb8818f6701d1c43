import type { Logger } from 'pino';
import type { Sessions } from './auth/sessions.ts';
import { deleteEndedWindows } from './auth/throttle.ts';
import type { Database } from './db/database.ts';
import type { Component } from './lifecycle.ts';

const INTERVAL_MS = 3_600_000;

/** Deletes what has ended: sessions with their refresh tokens, windows of the login throttle. Any process may. */
export function createHousekeeping({
  db,
  sessions,
  log,
}: {
  db: Database;
  sessions: Sessions;
  log: Logger;
}): Component {
  let timer: NodeJS.Timeout | undefined;
  async function sweep(): Promise<void> {
    try {
      const ended = {
        sessions: await sessions.sweep(),
        windows: await deleteEndedWindows(db.knex, Date.now()),
      };
      log.debug(ended, 'swept');
    } catch (error) {
      log.warn({ err: error }, 'could not sweep; trying again in an hour');
    }
  }
  return {
    name: 'housekeeping',
    start() {
      timer = setInterval(sweep, INTERVAL_MS);
    },
    close: () => clearInterval(timer),
  };
}
