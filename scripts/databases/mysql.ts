import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './child.ts';
import type { ServerKind } from './kind.ts';
import { debianMysql, type MysqlBinaries, systemMysql } from './mysql-binaries.ts';
import { asRoot, commonArguments, firstStatements, greets, unsafe } from './mysql-protocol.ts';

/** MySQL proper: the system's, or the one of Debian in the cache folder. */
export const mysql: ServerKind = {
  type: 'mysql',
  user: 'tripod',
  defaultPort: 3306,
  stopSignal: 'SIGTERM',
  servant: false,

  async missing() {
    return binaries().then(
      () => undefined,
      ({ message }: Error) => `${message}. Install mysqld, version 8.4 or newer, and put it on the PATH.`,
    );
  },

  async initialize({ data, directory, password, durable }) {
    const statements = join(directory, 'first-statements.sql');
    writeFileSync(statements, firstStatements(this.user, password), { mode: 0o600 });
    try {
      const { program, args } = await binaries();
      const options = [
        `--datadir=${data}`,
        `--init-file=${statements}`,
        '--character-set-server=utf8mb4',
        ...unsafe({ durable }),
      ];
      await runTool(
        { program, args: [...args, ...options, '--initialize-insecure', ...asRoot()] },
        { log: join(directory, 'server.log') },
      );
    } finally {
      rmSync(statements);
    }
  },

  async command(place) {
    const { program, args } = await binaries();
    const own = ['--mysqlx=OFF', '--secure-file-priv=NULL'];
    const all = [...args, ...commonArguments(place), ...own, ...place.arguments];
    return { program, args: all };
  },

  isReady: greets,
};

async function binaries(): Promise<MysqlBinaries> {
  return systemMysql() ?? (await debianMysql());
}
