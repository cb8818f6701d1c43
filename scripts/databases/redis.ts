import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import type { ServerKind } from './kind.ts';
import { findProgram } from './programs.ts';

/** Redis of the system, in memory alone: what it holds is gone when it ends. */
export const redis: ServerKind = {
  type: 'redis',
  user: 'default',
  defaultPort: 6379,
  stopSignal: 'SIGTERM',
  servant: false,

  async missing() {
    if (findProgram('redis-server')) return undefined;
    return 'there is no redis-server. Install it (Debian, Ubuntu: sudo apt-get install redis-server).';
  },

  async initialize({ data }) {
    mkdirSync(data);
  },

  async command({ data, port, password, arguments: more }) {
    const settings = {
      bind: '127.0.0.1',
      port,
      dir: `"${data}"`,
      save: '""',
      appendonly: 'no',
      requirepass: password,
    };
    const stdin = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
    return { program: findProgram('redis-server')!, args: ['-', ...more], stdin: stdin.join('') };
  },

  /** Without the password it answers an error, but it answers; while it loads, it says so. */
  async isReady({ port }) {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 });
    try {
      socket.write('PING\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return /^(\+PONG|-NOAUTH)/.test(answer.toString());
    } finally {
      socket.destroy();
    }
  },
};
