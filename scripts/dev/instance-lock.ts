import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DevProblem } from './problem.ts';

/**
 * One supervisor for each data folder. The lock is a listening socket: unlike a file with a process id it can neither
 * be stale nor name a stranger, and it tells who holds it. Its name is a hash since socket paths end at 107 bytes.
 *
 * @throws DevProblem when another supervisor holds it.
 */
export async function holdInstanceLock(directory: string, url: string): Promise<Server> {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  const path = join(tmpdir(), `tripod-dev-${userInfo().uid}-${name}.sock`);
  const holder = await askHolder(path);
  if (holder)
    throw new DevProblem(
      `Tripod runs here already (${holder}). Use that one, or stop it first (Ctrl-C there).`,
    );
  rmSync(path, { force: true });
  const server = createServer((client) => client.end(`pid ${process.pid}, ${url}`));
  server.listen(path).unref();
  await once(server, 'listening');
  return server;
}

async function askHolder(path: string): Promise<string | undefined> {
  const client = connect(path);
  try {
    return await text(client);
  } catch {
    // Nobody listens (ENOENT), or the file is left from one that was killed (ECONNREFUSED).
    return undefined;
  }
}
