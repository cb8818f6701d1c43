/*
 * Whether lists stay flat: the time of the first and the last page of every list among a million rows against that among
 * a thousand, on every database that is there (SQLite, and the servers that TEST_POSTGRES_URL, TEST_MYSQL_URL and
 * TEST_MARIADB_URL name). Exits with 1 when the 95th percentile of a page is more than 1.5 times that of the small list.
 * Searches are measured as well but not judged: among a million rows they find, and sort, more than among a thousand.
 * Run: node bench/lists.bench.ts [--database postgres] [--users 1000000] [--audit 5000000] [--requests 200]
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { MAX_RULES } from '../src/rules/rule.ts';
import { DIALECTS, type Dialect } from '../src/testing/dialects.ts';
import { LOOKS, type Look, PAGES } from './lists/pages.ts';
import { openSide, type Side } from './lists/side.ts';

const MOST = 1.5;
const WARM_UP = 20;
const SMALL = { users: 1_000, audit: 1_000, rules: 1_000 };

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    database: text,
    users: { ...text, default: '1000000' },
    audit: { ...text, default: '5000000' },
    requests: { ...text, default: '200' },
  },
});
const large = { users: Number(values.users), audit: Number(values.audit), rules: MAX_RULES };
const requests = Number(values.requests);

interface Times {
  p50: number;
  p95: number;
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.floor(sorted.length * q)]!;
}

/** The same page on both sides, in turns. */
async function compare(sides: readonly [Side, Side], look: Look, name: string): Promise<[Times, Times]> {
  const paths = await Promise.all(sides.map((side) => PAGES[name]!(side, look)));
  const taken: number[][] = [[], []];
  for (let n = -WARM_UP; n < requests; n++) {
    for (const [i, side] of sides.entries()) {
      const { ms } = await side.ask(paths[i]!);
      if (n >= 0) taken[i]!.push(ms);
    }
  }
  return taken.map((ms) => {
    ms.sort((a, b) => a - b);
    return { p50: quantile(ms, 0.5), p95: quantile(ms, 0.95) };
  }) as [Times, Times];
}

const isSearch = ({ filter }: Look) => filter.startsWith('q=');

async function benchDatabase(dialect: Dialect): Promise<number> {
  await using small = await openSide(dialect, SMALL);
  await using big = await openSide(dialect, large);
  let missed = 0;
  for (const look of LOOKS) {
    for (const name of Object.keys(PAGES)) {
      const [a, b] = await compare([small, big], look, name);
      const isMissed = !isSearch(look) && b.p95 > MOST * a.p95;
      if (isMissed) missed++;
      const what = `${dialect}, ${look.list} ${look.filter || 'all'} by ${look.sort}, ${name}`;
      const pair = (key: keyof Times) =>
        `${a[key].toFixed(1)} → ${b[key].toFixed(1)} ms, × ${(b[key] / a[key]).toFixed(2)}`.padEnd(26);
      console.log(`${what.padEnd(88)} p50 ${pair('p50')} p95 ${pair('p95')} ${isMissed ? 'MISSED' : ''}`);
    }
  }
  return missed;
}

console.log(`command  node bench/lists.bench.ts ${process.argv.slice(2).join(' ')}`);
console.log(`machine  ${cpus()[0]!.model}, ${cpus().length} CPUs, load ${loadavg()[0]!.toFixed(1)}`);
console.log(`runtime  node ${process.version}, ${new Date().toISOString()}`);
console.log(
  `asked    p95 among ${large.users} users, ${large.audit} entries, ${large.rules} rules ≤ ${MOST} × p95 among 1,000`,
);
let missed = 0;
for (const dialect of DIALECTS) {
  if (values.database === undefined || values.database === dialect) missed += await benchDatabase(dialect);
}
console.log(`${missed} pages missed it`);
process.exitCode = missed > 0 ? 1 : 0;
