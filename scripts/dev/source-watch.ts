import { existsSync, type FSWatcher, watch } from 'node:fs';
import { inRepository } from '../repository.ts';

const DEBOUNCE_MS = 150;
const SOURCE = /\.(ts|json|proto)$/;
const TEST = /\.test\.ts$/;

/** Calls `onChange` with the changed files, once a burst of changes (an editor's save, a git checkout) is over. */
export function watchSources(folders: string[], onChange: (files: string[]) => void): () => void {
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const report = () => {
    const files = [...changed].sort();
    changed = new Set();
    onChange(files);
  };
  const watchers: FSWatcher[] = folders
    .filter((folder) => existsSync(inRepository(folder)))
    .map((folder) =>
      watch(inRepository(folder), { recursive: true }, (_, file) => {
        if (!file || !SOURCE.test(file) || TEST.test(file)) return;
        changed.add(`${folder}/${file}`);
        clearTimeout(timer);
        timer = setTimeout(report, DEBOUNCE_MS);
      }),
    );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
