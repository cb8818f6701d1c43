/*
 * What the API costs against the same routes on the bare driver, and what Redis saves it, on every database that is
 * there (SQLite, and the servers that TEST_POSTGRES_URL, TEST_MYSQL_URL, TEST_MARIADB_URL and TEST_REDIS_URL name).
 * Run: node bench/database.bench.ts [--database postgres] [--work get|list|change|redis|seed] [--rounds 5] [--seconds 3]
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DIALECTS } from '../src/testing/dialects.ts';
import { Contender, type Kind, type ServerUnderTest } from './database/contender.ts';
import { pinOthers } from './database/cpus.ts';
import { comparisonLine, printEnvironment, printHeader, printResults } from './database/report.ts';
import { type Result, runRounds } from './database/rounds.ts';
import { checkSameStatements } from './database/same-statements.ts';
import { openStage, type Stage } from './database/stage.ts';
import { WORKS, type Work } from './database/works.ts';
import { missingFlask, openFlask } from './flask/gunicorn.ts';

const CONNECTIONS = 32;
const SHARED_MEMORY = '/dev/shm';
const REDIS_AT_LEAST = 1.2;
const LOOKUPS = 'session_cache_lookups_total';
const LEAST_HITS = 0.9;
const WITH_REDIS = 'with Redis';
const LIST = WORKS.find(({ name }) => name === 'list')!;

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    database: text,
    work: text,
    rounds: { ...text, default: '5' },
    seconds: { ...text, default: '3' },
  },
});
const size = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const redisUrl = process.env.TEST_REDIS_URL;
const lines: string[] = [];
/** What ran and measured nothing: told at the end, and the exit code is 1. */
const failures: string[] = [];

type Open = (stage: Stage) => Promise<ServerUnderTest>;

const node =
  (name: string, kind: Kind, env: Record<string, string> = {}): Open =>
  (stage) =>
    Contender.open(name, kind, { ...stage.env, ...env });

/** Against the bare driver; and, to know where that is, against Express without what the API does besides. */
async function benchWork(stage: Stage, work: Work): Promise<void> {
  const title = `${stage.dialect}, ${work.title}`;
  const [ours, bare, again, naive, lean] = await run(stage, work, title, [
    node('ours', 'ours'),
    node('bare driver', 'bare'),
    node('bare driver (A/A)', 'bare'),
    node('naive Express + knex', 'naive'),
    ...(work.entries === 0 ? [node('lean Express + bare driver', 'lean')] : []),
  ]);
  compare(`${title}: ours / bare driver`, ours!, [bare!, again!], work.atLeast);
  compare(`${title}: ours / naive`, ours!, [naive!]);
  if (lean) compare(`${title}: ours / lean`, ours!, [lean]);
}

/** Ours with Redis against ours without. */
async function benchRedis(stage: Stage): Promise<void> {
  if (!redisUrl) return console.log('\nno TEST_REDIS_URL: nothing is measured with Redis');
  const title = `${stage.dialect}, ${LIST.title} with Redis as session cache`;
  const [cached, plain, again] = await run(stage, LIST, title, [
    node(WITH_REDIS, 'ours', { REDIS_URL: redisUrl }),
    node('without', 'ours'),
    node('without (A/A)', 'ours'),
  ]);
  compare(title, cached!, [plain!, again!], REDIS_AT_LEAST);
}

/** Ours against the stack of Tripod's ancestor. */
async function benchSeed(stage: Stage): Promise<void> {
  if (stage.dialect !== 'postgres') return;
  const missing = missingFlask();
  if (missing) return console.log(`\nno Flask: ${missing}`);
  const title = `${stage.dialect}, ${LIST.title}`;
  const flask = (at: Stage) => openFlask('Flask + gunicorn', at.env);
  const [ours, seed] = await run(stage, LIST, title, [node('ours', 'ours'), flask]);
  compare(`${title}: ours / Flask + gunicorn`, ours!, [seed!]);
}

function compare(title: string, subject: Result[], base: Result[][], atLeast: number | null = null): void {
  const line = comparisonLine({ title, subject, base, atLeast });
  // Also at once: the run takes long, and something may end it.
  console.log(line);
  lines.push(line);
}

async function run(stage: Stage, work: Work, title: string, open: readonly Open[]): Promise<Result[][]> {
  const servers: ServerUnderTest[] = [];
  try {
    for (const start of open) servers.push(await start(stage));
    const results = await runRounds(stage, work, servers, size);
    const names = servers.map(({ name }) => name);
    printResults(title, names, results);
    for (const server of servers) if (server.name === WITH_REDIS) await checkHits(server as Contender, title);
    return results;
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** Or it was not the cache that was measured. An entry lives three seconds; then its session is looked up again. */
async function checkHits(server: Contender, title: string): Promise<void> {
  const counts = await Promise.all(
    ['hit', 'miss', 'unavailable', 'refused'].map((outcome) =>
      server.counter(`${LOOKUPS}{outcome="${outcome}"}`),
    ),
  );
  const share = counts[0]! / counts.reduce((sum, count) => sum + count, 0);
  const told = `${(share * 100).toFixed(1)} % of the sessions came from Redis`;
  console.log(`  ${told}`);
  if (!(share > LEAST_HITS)) failures.push(`${title}: only ${told}, so its row does not count`);
}

const asked = (work: string) => values.work === undefined || values.work === work;

// SQLite waits for the disk at each commit; the servers of a benchmark do not.
if (existsSync(SHARED_MEMORY)) process.env.TMPDIR = SHARED_MEMORY;
printEnvironment([
  `10,000 users, ${CONNECTIONS} connections, one request on its way on each; median (min-max) of ${size.rounds} ` +
    `interleaved rounds of ${size.seconds} s after one to warm up`,
  `${pinOthers()}; bcrypt left out everywhere; SQLite's file in memory`,
  'ratio by CPU: what the other costs for a request through what ours costs; above 1, ours costs less',
]);
for (const dialect of DIALECTS) {
  if (values.database !== undefined && values.database !== dialect) continue;
  await using stage = await openStage(dialect, CONNECTIONS);
  await checkSameStatements(stage);
  for (const work of WORKS) if (asked(work.name)) await benchWork(stage, work);
  if (asked('redis')) await benchRedis(stage);
  if (asked('seed')) await benchSeed(stage);
}
printHeader();
for (const line of lines) console.log(line);
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;
