import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** /proc and /sys below a folder: '/' for this machine. What cannot be read is null, or an empty list. */
export class SystemFiles {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Content without the white space around it. */
  text(path: string): string | null {
    return attempt(() => readFileSync(join(this.root, path), 'utf8').trim());
  }

  /** A file that holds one decimal number. */
  number(path: string): number | null {
    const text = this.text(path);
    return text !== null && /^-?\d+$/.test(text) ? Number(text) : null;
  }

  /** Names in a folder, sorted; a number inside of a name counts as a number. */
  names(path: string): string[] {
    const names = attempt(() => readdirSync(join(this.root, path))) ?? [];
    return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  }

  exists(path: string): boolean {
    return attempt(() => realpathSync(join(this.root, path))) !== null;
  }

  /** Name of what a symbolic link leads to. */
  target(path: string): string | null {
    const target = attempt(() => realpathSync(join(this.root, path)));
    return target && basename(target);
  }

  /** The number in file `name` of the folder that `path` leads to, or of the nearest folder above that has the file. */
  numberAbove(path: string, name: string): number | null {
    let folder = attempt(() => realpathSync(join(this.root, path)));
    const end = attempt(() => realpathSync(join(this.root, 'sys')));
    while (folder && end && folder.startsWith(`${end}/`)) {
      const file = join(folder, name);
      const text = attempt(() => readFileSync(file, 'utf8').trim());
      if (text !== null && /^-?\d+$/.test(text)) return Number(text);
      folder = dirname(folder);
    }
    return null;
  }
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    // Not there, or not for us: the caller says what that means.
    return null;
  }
}
