import { readFileSync } from 'node:fs';
import { breakingChanges } from './openapi-diff.ts';

/** `node scripts/openapi-breaking.ts BASE HEAD`: lists what would break a client written for BASE; then exits with 1. */
const [base, head] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
if (!base || !head) {
  console.error('usage: node scripts/openapi-breaking.ts BASE.json HEAD.json');
  process.exit(2);
}
const changes = breakingChanges(base, head);
for (const change of changes) console.log(`breaking: ${change}`);
console.log(`${changes.length} breaking changes`);
process.exitCode = changes.length === 0 ? 0 : 1;
