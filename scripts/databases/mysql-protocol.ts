import { once } from 'node:events';
import { connect } from 'node:net';
import type { Place } from './kind.ts';

const GREETING = 0x0a;
const HEADER_BYTES = 4;

/** MySQL and MariaDB speak first: the greeting comes once they serve, an error packet while they have no room. */
export async function greets({ port }: Place): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 });
  try {
    const [packet] = (await once(socket, 'data')) as [Buffer];
    return packet[HEADER_BYTES] === GREETING;
  } finally {
    socket.destroy();
  }
}

/** The administrator and his database, as the first statements of a new server. */
export function firstStatements(user: string, password: string): string {
  return [
    `alter user root@localhost identified by '${password}';`,
    `create user '${user}'@'%' identified by '${password}';`,
    `grant all on *.* to '${user}'@'%' with grant option;`,
    'create database tripod;',
    '',
  ].join('\n');
}

/** What both are started with, after --no-defaults, which must be the first. */
export function commonArguments({ data, port, durable }: Place): string[] {
  return [
    ...[`--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1'],
    // Relative to the data: a path of a socket has at most 107 bytes. With a binary log a full disk makes MySQL wait for
    // room, and not refuse.
    ...['--socket=server.sock', '--pid-file=server.pid', '--skip-name-resolve', '--skip-log-bin'],
    ...['--max-connections=300', '--character-set-server=utf8mb4', ...asRoot(), ...unsafe({ durable })],
  ];
}

/** They run as root only when told to. */
export function asRoot(): string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

/** A commit is handed to the kernel, which is enough for SIGKILL; nothing waits for the disk. */
export function unsafe({ durable }: Pick<Place, 'durable'>): string[] {
  if (durable) return [];
  return ['--innodb-flush-log-at-trx-commit=2', '--innodb-doublewrite=OFF', '--innodb-flush-method=nosync'];
}
