import { createRequire } from 'node:module';
import type { ServerConfig } from '../../../src/db/database-config.ts';
import { mysqlSettings } from '../../../src/db/session-settings.ts';
import { type BareDriver, type Row, type RunStep, runSteps, type Value } from './work.ts';

type Done<T> = (error: Error | null, result: T) => void;

interface Queryable {
  execute(sql: string, values: unknown[], done: Done<Row[]>): void;
}

interface Connection extends Queryable {
  query(sql: string, done: Done<unknown>): void;
  release(): void;
  destroy(): void;
}

interface Pool extends Queryable {
  getConnection(done: Done<Connection>): void;
  on(event: 'connection', listener: (connection: Connection) => void): void;
}

const require = createRequire(import.meta.url);
const { createPool, TypedParameter }: typeof import('mysql2') = require('mysql2');

/** mysql2's own pool and prepared statements; for MariaDB too. */
export function openMysql(config: ServerConfig, onStatement?: (sql: string) => void): BareDriver {
  const pool = createPool({
    host: config.host,
    port: config.port,
    database: config.name,
    user: config.user!,
    password: config.password!,
    connectionLimit: config.poolSize,
    charset: 'utf8mb4',
    flags: ['FOUND_ROWS'],
    supportBigNumbers: true,
    timezone: 'Z',
  }) as unknown as Pool;
  const variables = new Map([['version', config.type]]);
  pool.on('connection', (connection) => {
    for (const sql of mysqlSettings(config, variables)) connection.query(sql, throwIfFailed);
  });

  const on =
    (target: Queryable): RunStep =>
    ({ text }, values) => {
      onStatement?.(text);
      return settled((done) => target.execute(text, values.map(toMysql), done));
    };

  return {
    rows: on(pool),
    async transaction(work) {
      const connection = await settled<Connection>((done) => pool.getConnection(done));
      try {
        await settled((done) => connection.query('begin', done));
        const result = await runSteps(work, on(connection));
        await settled((done) => connection.query('commit', done));
        connection.release();
        return result;
      } catch (error) {
        connection.destroy();
        throw error;
      }
    },
  };
}

function throwIfFailed(error: Error | null): void {
  if (error) throw error;
}

function settled<T>(run: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    run((error, result) => (error ? reject(error) : resolve(result)));
  });
}

/** mysql2 sends numbers as DOUBLE, which LIMIT refuses. */
function toMysql(value: Value): unknown {
  return typeof value === 'number' ? TypedParameter.BIGINT(value) : value;
}
