// Run while an image is built: `node prune-packages.ts NODE_MODULES [amd64|arm64]`. Takes from a deployed node_modules
// what no service reads at run time. This file uses nothing but Node: the images' builders have nothing else.
import { lstatSync, readdirSync, readlinkSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const NODE_ARCHITECTURES: Record<string, string> = { amd64: 'x64', arm64: 'arm64' };

/** What pnpm writes for itself; some of it holds the time. */
const BOOKKEEPING =
  /^(\.bin|\.modules\.yaml|\.pnpm-workspace-state.*\.json|lock\.yaml|pnpm-lock\.yaml|pnpm-workspace\.yaml)$/;
/** Sources and types (Node runs no TypeScript here), source maps, documentation. */
const UNREAD = /\.([cm]?ts|map|c|cc|cpp|h|hpp|gypi?|flow|md|markdown|tsbuildinfo)$/i;
const LICENCE = /^(licen[cs]e|copying|notice|third-party)/i;
/** At the top of a package only: further down a name says less. */
const FOLDERS_FOR_DEVELOPERS =
  /^(test|tests|__tests__|bench|benchmark|example|examples|\.github|\.vscode|\.husky)$/;
const TYPES_ONLY = /^(@types|undici-types)$/;
/** linux-x64/ or linuxmusl-x64.node: machine code that came ready. */
const PREBUILT = /^(aix|android|darwin|freebsd|linux|linuxmusl|openbsd|sunos|win32)-/;

/** Removes it and answers how many bytes of files that were. */
export function prunePackages(nodeModules: string, architecture: string): number {
  const node = NODE_ARCHITECTURES[architecture];
  if (!node) throw new Error(`no packages for the architecture ${architecture}`);
  let bytes = 0;
  const remove = (path: string) => {
    bytes += sizeOf(path);
    rmSync(path, { recursive: true });
  };
  const visit = (folder: string, place: Place) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (isUseless(entry.name, entry.isDirectory(), place, node)) remove(path);
      else if (entry.isDirectory()) visit(path, placeOf(entry.name, place));
    }
    if (place === 'inside' && readdirSync(folder).length === 0) rmdirSync(folder);
  };
  visit(nodeModules, 'packages');
  removeDangling(nodeModules);
  return bytes;
}

/** What a folder holds: packages by name; the files of a package; what lies deeper in one; ready machine code. */
type Place = 'packages' | 'package' | 'inside' | 'prebuilds';

function placeOf(name: string, place: Place): Place {
  if (name === 'prebuilds') return 'prebuilds';
  // .pnpm/<name>@<version>/node_modules/<name> and @scope/<name>
  if (name === 'node_modules' || (place === 'packages' && /^(@[^/+]+|\.pnpm|.+@.+)$/.test(name)))
    return 'packages';
  return place === 'packages' ? 'package' : 'inside';
}

function isUseless(name: string, isFolder: boolean, place: Place, architecture: string): boolean {
  if (BOOKKEEPING.test(name) && (place === 'packages' || name === '.bin')) return true;
  if (place === 'packages') return TYPES_ONLY.test(name) || name.startsWith('@types+');
  if (place === 'prebuilds' && PREBUILT.test(name))
    return name.replace(/\.node$/, '') !== `linux-${architecture}`;
  if (isFolder) return place === 'package' && FOLDERS_FOR_DEVELOPERS.test(name);
  return UNREAD.test(name) && !LICENCE.test(name);
}

/** Links to packages that are gone. */
function removeDangling(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removeDangling(path);
    else if (entry.isSymbolicLink() && !exists(resolve(folder, readlinkSync(path)))) rmSync(path);
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function sizeOf(path: string): number {
  const status = lstatSync(path);
  if (!status.isDirectory()) return status.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

if (import.meta.main) {
  const [folder, architecture] = process.argv.slice(2);
  if (!folder) throw new Error(`usage: ${basename(import.meta.filename)} FOLDER [amd64|arm64]`);
  // Not every builder says for which architecture it builds; one that does not builds for its own.
  const target = architecture || (process.arch === 'x64' ? 'amd64' : process.arch);
  console.log(`removed ${(prunePackages(folder, target) / 1e6).toFixed(1)} MB from ${folder}`);
}
