import pg from 'pg';
import type { DatabaseServer } from './database-server.ts';

/** Does `work` with a connection of its own to a database of the server. */
export async function withPostgres<T>(
  server: Pick<DatabaseServer, 'url'>,
  work: (client: pg.Client) => Promise<T>,
  database = 'postgres',
): Promise<T> {
  const client = new pg.Client({
    connectionString: server.url(database),
    application_name: 'tripod scripts',
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
