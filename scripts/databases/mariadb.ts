import { join } from 'node:path';
import { runTool } from './child.ts';
import type { ServerKind } from './kind.ts';
import { asRoot, commonArguments, firstStatements, greets, unsafe } from './mysql-protocol.ts';
import { findProgram } from './programs.ts';

/** MariaDB of the system. */
export const mariadb: ServerKind = {
  type: 'mariadb',
  user: 'tripod',
  defaultPort: 3306,
  stopSignal: 'SIGTERM',
  servant: false,

  async missing() {
    if (findProgram('mariadbd') && findProgram('mariadb-install-db')) return undefined;
    return 'there is no mariadbd. Install it (Debian, Ubuntu: sudo apt-get install mariadb-server-core mariadb-client-core).';
  },

  async initialize({ data, directory, password, durable }) {
    const log = join(directory, 'server.log');
    const options = ['--no-defaults', `--datadir=${data}`, ...unsafe({ durable }), ...asRoot()];
    const install = ['--auth-root-authentication-method=normal', '--skip-test-db'];
    await runTool({ program: findProgram('mariadb-install-db')!, args: [...options, ...install] }, { log });
    // Without "flush privileges" a server in this mode knows no accounts.
    const stdin = `flush privileges;\n${firstStatements(this.user, password)}`;
    const bootstrap = [...options, '--bootstrap', '--character-set-server=utf8mb4'];
    await runTool({ program: findProgram('mariadbd')!, args: bootstrap, stdin }, { log });
  },

  async command(place) {
    const args = ['--no-defaults', ...commonArguments(place), ...place.arguments];
    return { program: findProgram('mariadbd')!, args };
  },

  isReady: greets,
};
