import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, statfsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A file system of its own, as small as the test wants it. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Leaves no room, or hardly any. */
  fill(): void;
  /** Gives the space back. */
  free(): void;
}

const ROOMY = '2g';

/** Why no file system can be mounted here; undefined where it can. */
export function noSmallDisk(): string | undefined {
  return process.platform === 'linux' && process.getuid?.() === 0
    ? undefined
    : 'mounting a small file system needs Linux and root: sudo make test-integration';
}

/**
 * Mounts a tmpfs. A shell holds it and takes it away when its input ends: also when this process is killed, so that no
 * mount is ever left behind.
 */
export async function mountSmallDisk(path: string): Promise<SmallDisk> {
  mkdirSync(path, { recursive: true });
  const script = `mount -t tmpfs -o size=${ROOMY},mode=755 tripod-test "$1" && echo mounted && read -r _; umount -l "$1"`;
  const holder = spawn('sh', ['-c', script, 'sh', path], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(holder, 'exit');
  const [line] = await Promise.race([once(createInterface({ input: holder.stdout }), 'line'), ended]);
  if (line !== 'mounted') throw new Error(`cannot mount a tmpfs on ${path}`);
  const remount = (size: number | string) =>
    execFileSync('mount', ['-o', `remount,size=${size}`, path], { stdio: ['ignore', 'ignore', 'pipe'] });
  const unmount = async () => {
    holder.stdin.end();
    await ended;
  };
  return {
    path,
    fill() {
      // Whoever writes at this moment makes it too small already: then a little more.
      for (let spare = 0; ; spare += 65_536) {
        const { blocks, bfree, bsize } = statfsSync(path);
        try {
          remount((blocks - bfree) * bsize + spare);
          return;
        } catch (error) {
          if (spare > 1_000_000) throw error;
        }
      }
    },
    free: () => void remount(ROOMY),
    [Symbol.asyncDispose]: unmount,
  };
}
