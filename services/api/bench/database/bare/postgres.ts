import { createRequire } from 'node:module';
import type { ServerConfig } from '../../../src/db/database-config.ts';
import { postgresSettings } from '../../../src/db/session-settings.ts';
import { type BareDriver, type Row, type RunStep, runSteps } from './work.ts';

interface Queryable {
  query(
    config: { name: string; text: string; values: unknown[] },
    done: (error: Error | null, result: { rows: Row[] }) => void,
  ): void;
}

interface Client extends Queryable {
  query(text: string): Promise<unknown>;
  query(...args: Parameters<Queryable['query']>): void;
  release(broken?: boolean): void;
}

interface Pool extends Queryable {
  connect(): Promise<Client>;
}

const require = createRequire(import.meta.url);

/** pg's own pool and named statements. */
export function openPostgres(config: ServerConfig, onStatement?: (sql: string) => void): BareDriver {
  const { Pool, types } = require('pg');
  const pool: Pool = new Pool({
    host: config.host,
    port: config.port,
    database: config.name,
    user: config.user,
    password: config.password,
    max: config.poolSize,
    onConnect: (client: Client) => client.query(postgresSettings(config)),
    types: {
      getTypeParser: (oid: number, format: string) =>
        oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format),
    },
  });

  const on =
    (target: Queryable): RunStep =>
    ({ name, text }, values) => {
      onStatement?.(text);
      return new Promise((resolve, reject) => {
        target.query({ name, text, values }, (error, result) =>
          error ? reject(error) : resolve(result.rows),
        );
      });
    };

  return {
    rows: on(pool),
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const result = await runSteps(work, on(client));
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
  };
}
