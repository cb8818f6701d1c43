// The real servers, each in a folder of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { waitUntil } from '../processes/wait-until.ts';
import { inRepository } from '../repository.ts';
import { type DatabaseServer, SERVER_TYPES, startDatabaseServer } from './server.ts';
import { countOn } from './testing/counter.ts';
import { need } from './testing/need.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tripod-servers-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Of the server and all that belongs to it. */
function commandLinesOf(server: DatabaseServer): string[] {
  return globSync('/proc/[0-9]*/cmdline')
    .map((file) => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        // Gone meanwhile.
        return '';
      }
    })
    .filter((line) => line.includes(server.directory));
}

for (const type of SERVER_TYPES) {
  describe(`${type}`, () => {
    beforeEach(async (context) => {
      await need(type, context);
    });

    test('keeps its data over stop, SIGKILL and a new start, hides its password, says why it does not start', async () => {
      const server = await startDatabaseServer({ type, directory, durable: false });
      await using _ = server;
      expect(await countOn(server)).toBe(1);
      const { pid, port } = server;

      await server.stop();
      expect(await answers(port)).toBe(false);
      await server.start();
      expect(server.pid).not.toBe(pid);
      // Redis keeps nothing: it is a cache.
      const kept = type === 'redis' ? 0 : 1;
      expect(await countOn(server)).toBe(kept + 1);

      await server.kill();
      expect(await answers(port)).toBe(false);
      expect(commandLinesOf(server)).toEqual([]);
      await server.start();
      expect(await countOn(server)).toBe(2 * kept + 1);

      expect(readFileSync(join(directory, 'server.log'), 'utf8')).not.toContain(server.password);
      expect(commandLinesOf(server).join('\n')).not.toContain(server.password);
      expect(statSync(join(directory, 'password')).mode & 0o777).toBe(0o600);
      await server.stop();

      const bad = [type === 'mysql' || type === 'mariadb' ? '--no-such-setting' : '--no-such-setting=1'];
      await expect(startDatabaseServer({ type, directory, arguments: bad })).rejects.toThrow(
        /no-such-setting|no_such_setting/,
      );
      await using again = await startDatabaseServer({ type, directory });
      expect(again.password).toBe(server.password);
      expect(await countOn(again)).toBe(3 * kept + 1);
    });
  });
}

test('servers end with the process that started them, even when it is killed', async (context) => {
  await need('postgres', context);
  await need('redis', context);
  const run = spawn(process.execPath, [inRepository('scripts/databases/run.ts'), 'postgres', 'redis'], {
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ports: number[] = [];
  for await (const line of createInterface({ input: run.stdout })) {
    ports.push(Number(new URL(line.split('=')[1]!).port));
    if (ports.length === 2) break;
  }
  run.kill('SIGKILL');
  await waitUntil(
    'the ports to be closed',
    async () => !(await answers(ports[0]!)) && !(await answers(ports[1]!)),
  );
});
