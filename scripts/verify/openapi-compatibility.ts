import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run-command.ts';

const DOCUMENT = 'services/api/openapi.json';

/** Fails on a change that would break a client of the API as it is on main; passes while main has no document yet. */
export async function checkOpenApiCompatibility(): Promise<string> {
  const base = await published();
  if (!base) return 'main has no API document yet';
  const folder = mkdtempSync(join(tmpdir(), 'tripod-openapi-'));
  try {
    const file = join(folder, 'base.json');
    writeFileSync(file, base.document);
    await run(process.execPath, 'services/api/scripts/openapi-breaking.ts', file, DOCUMENT);
    return `compared with ${base.ref}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function published(): Promise<{ ref: string; document: string } | undefined> {
  // HEAD last: in a clone of one branch there is no main.
  for (const ref of ['origin/main', 'main', 'HEAD']) {
    const known = await run('git', 'rev-parse', '--verify', '--quiet', `${ref}^{commit}`).catch(() => '');
    if (!known) continue;
    const listed = await run('git', 'ls-tree', '--name-only', ref, '--', DOCUMENT);
    return listed ? { ref, document: await run('git', 'show', `${ref}:${DOCUMENT}`) } : undefined;
  }
  return undefined;
}
