import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { inRepository } from '../repository.ts';

const INPUTS = ['services/webui/{src,public}/**', 'services/webui/*.{html,ts,json}', 'pnpm-lock.yaml'];
const STAMP = 'services/webui/dist/.stamp';

/** Builds the browser bundle unless the one in services/webui/dist comes from the present sources. */
export async function buildWebui(): Promise<'built' | 'current'> {
  const sum = sourcesSum();
  const stamp = inRepository(STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sum) return 'current';
  const cwd = inRepository('services/webui');
  const vite = inRepository('services/webui/node_modules/vite/bin/vite.js');
  await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd,
    env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
  });
  mkdirSync(inRepository('services/webui/dist'), { recursive: true });
  writeFileSync(stamp, sum);
  return 'built';
}

function sourcesSum(): string {
  const hash = createHash('sha256');
  const files = INPUTS.flatMap((pattern) => globSync(pattern, { cwd: inRepository('') })).sort();
  for (const file of files) {
    const path = inRepository(file);
    if (statSync(path).isFile()) hash.update(`${file}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}
