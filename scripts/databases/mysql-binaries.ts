import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fetchPackages } from '../debian/packages.ts';
import { findProgram, versionOf } from './programs.ts';

export interface MysqlBinaries {
  program: string;
  /** Come first on every command line; --no-defaults among them. */
  args: string[];
}

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The system's mysqld, when it is not MariaDB by that name. */
export function systemMysql(): MysqlBinaries | undefined {
  const program = findProgram('mysqld');
  return program && !/mariadb/i.test(versionOf(program)) ? { program, args: ['--no-defaults'] } : undefined;
}

/** Debian's MySQL, in the cache folder: downloaded if it must be. Rejects with what stands in the way. */
export async function debianMysql(): Promise<MysqlBinaries> {
  const architecture = ARCHITECTURES[process.arch];
  if (process.platform !== 'linux' || !architecture || !findProgram('apt-get')) {
    throw new Error('MySQL can be fetched by itself on Debian and Ubuntu only (x64, arm64)');
  }
  const folder = await fetchPackages({
    folder: 'mysql',
    what: 'MySQL of Debian sid',
    suite: 'sid',
    architecture,
    download: async (apt) => {
      await apt('apt-get', 'install', '-q', '-y', '--download-only', 'mysql-server-core');
    },
  });
  return runFrom(folder);
}

/** Newer than this system's C library: it is started by the loader that came with it, and uses only such libraries. */
function runFrom(folder: string): MysqlBinaries {
  const [loader] = globSync('usr/lib/*-linux-gnu/ld-linux-*.so.?', { cwd: folder });
  if (!loader) throw new Error(`${folder} holds no MySQL: remove that folder, and run this again`);
  const server = join(folder, 'usr/sbin/mysqld');
  return {
    program: join(folder, loader),
    args: [
      ...['--library-path', join(folder, loader, '..'), '--argv0', server, server],
      // The paths that were built into it are others.
      ...[
        '--no-defaults',
        `--basedir=${join(folder, 'usr')}`,
        `--lc-messages-dir=${join(folder, 'usr/share/mysql')}`,
      ],
      ...[`--plugin-dir=${join(folder, 'usr/lib/mysql/plugin')}`],
      `--character-sets-dir=${join(folder, 'usr/share/mysql/charsets')}`,
    ],
  };
}
