import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** One file, folder or link of an image. */
export interface ImageFile {
  /** From the root: /app/src/main.ts */
  path: string;
  type: 'file' | 'folder' | 'link' | 'other';
  /** Permission bits, with setuid, setgid and sticky. */
  mode: number;
  uid: number;
  gid: number;
}

/** Everything in a mounted image, folders before what they hold, in the order of names. */
export function listFiles(root: string, below = '/'): ImageFile[] {
  const names = readdirSync(join(root, below)).sort();
  return names.flatMap((name) => {
    const path = join(below, name);
    const status = lstatSync(join(root, path));
    const file = { path, type: typeOf(status), mode: status.mode & 0o7777, uid: status.uid, gid: status.gid };
    return status.isDirectory() ? [file, ...listFiles(root, path)] : [file];
  });
}

function typeOf(status: ReturnType<typeof lstatSync>): ImageFile['type'] {
  if (status?.isFile()) return 'file';
  if (status?.isDirectory()) return 'folder';
  return status?.isSymbolicLink() ? 'link' : 'other';
}
