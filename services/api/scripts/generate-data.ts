// APP_ENV=development node services/api/scripts/generate-data.ts --users N --audit N --rules N [--append]
// Fills the database of the environment (DB_TYPE …, as the API reads it) with made-up data for tests of scale.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.ts';
import { openDatabase } from '../src/db/database.ts';
import { migrateUp } from '../src/db/migrator.ts';
import { MAX_RULES } from '../src/rules/rule.ts';
import { type Amounts, generate } from './generate/generate.ts';

async function main(): Promise<void> {
  const { amounts, append } = readArguments();
  // As for the API, nothing said is production: a shell that is set up for it must not get this by mistake.
  if ((process.env.APP_ENV || 'production') === 'production')
    throw new Error(
      'this is made-up data, and not for production: set APP_ENV=development (make seed-scale does)',
    );
  // Nothing is signed here, so any key will do.
  const env = { JWT_KEYS: `k:${randomBytes(16).toString('hex')}`, ...process.env };
  // Building the index of a million rows takes longer than any request may.
  const db = openDatabase({ ...readConfig(env).database, statementTimeoutMs: 0 });
  try {
    await migrateUp(db);
    const figures = await generate(db, { amounts, append, progress: (what) => report(what) });
    for (const { what, rows, seconds } of figures) {
      if (rows > 0)
        console.log(`${what}: ${rows} in ${seconds.toFixed(1)} s, ${Math.round(rows / seconds)}/s`);
    }
    console.log(`most memory in use: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
  } finally {
    await db.close();
  }
}

function readArguments(): { amounts: Amounts; append: boolean } {
  const number = { type: 'string', default: '0' } as const;
  const { values } = parseArgs({
    options: { users: number, audit: number, rules: number, append: { type: 'boolean', default: false } },
  });
  const amounts = { users: Number(values.users), audit: Number(values.audit), rules: Number(values.rules) };
  for (const [name, value] of Object.entries(amounts)) {
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`--${name} needs a number`);
  }
  if (amounts.rules > MAX_RULES) throw new Error(`--rules: ${MAX_RULES} is the limit`);
  return { amounts, append: values.append };
}

/** One line each ten seconds and at the end. */
function report(what: string) {
  const started = Date.now();
  let said = started;
  return (done: number, total: number) => {
    if (done < total && Date.now() - said < 10_000) return;
    said = Date.now();
    const rate = Math.round((done / Math.max(1, said - started)) * 1000);
    console.log(`${what}: ${done} of ${total} (${rate}/s)`);
  };
}

try {
  await main();
} catch (error) {
  console.error(`generate-data: ${(error as Error).message}`);
  process.exitCode = 1;
}
