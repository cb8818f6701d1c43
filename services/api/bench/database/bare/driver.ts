import type { DatabaseConfig } from '../../../src/db/database-config.ts';
import { openMysql } from './mysql.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite.ts';
import type { BareDriver } from './work.ts';

/** The driver of this database without anything of ours around it; `onStatement` is told of each text that runs. */
export function openDriver(config: DatabaseConfig, onStatement?: (sql: string) => void): BareDriver {
  const open = { sqlite: openSqlite, postgres: openPostgres, mysql: openMysql, mariadb: openMysql };
  // A configuration goes to the function of its own type.
  return open[config.type](config as never, onStatement);
}
