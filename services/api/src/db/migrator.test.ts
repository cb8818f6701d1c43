import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIALECTS, emptyDatabase, type TestDatabase } from '../testing/dialects.ts';
import { InjectedFailure, trapStatements } from '../testing/fail-behind.ts';
import { schemaOf } from '../testing/schema-of.ts';
import { type Database, openDatabase } from './database.ts';
import { underMigrationLock } from './migration-lock.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { migrateDown, migrateUp, NewerSchemaError, pendingMigrations } from './migrator.ts';
import { socketOf } from './silence.ts';

const NAMES = Object.keys(MIGRATIONS);

for (const dialect of DIALECTS) {
  describe(`migrations on ${dialect}`, () => {
    let test: TestDatabase;
    beforeEach(async () => {
      test = await emptyDatabase(dialect);
    });
    afterEach(() => test.close());

    it('continue after a failure behind any statement', { timeout: 120_000 }, async () => {
      await migrateUp(test.db);
      const complete = await schemaOf(test.db);
      for (const name of NAMES) {
        await migrateDown(test.db, NAMES.length);
        const failures = await failBehindEach(test.db, name, (step) => migrateUp(test.db, { step }));
        expect(failures).toBeGreaterThan(1);
        expect(await pendingMigrations(test.db)).toEqual([]);
        expect(await schemaOf(test.db)).toEqual(complete);
      }
    });

    it('are taken back after a failure behind any statement', { timeout: 120_000 }, async () => {
      for (const [index, name] of NAMES.entries()) {
        await migrateUp(test.db);
        const failures = await failBehindEach(test.db, name, async (step) => {
          // A COMMIT may have happened before the failure behind it.
          const noted: string[] = await test.db.knex('schema_migrations').pluck('name');
          await migrateDown(test.db, noted.filter((other) => other >= name).length, { step });
        });
        expect(failures).toBeGreaterThan(0);
        expect(await pendingMigrations(test.db)).toEqual(NAMES.slice(index));
      }
      await migrateDown(test.db, NAMES.length);
      expect(await schemaOf(test.db)).toHaveLength((await schemaOf(test.db)).filter(isBookkeeping).length);
    });

    it('bring every earlier schema up with its data', async () => {
      for (let steps = 1; steps < NAMES.length; steps++) {
        await migrateUp(test.db);
        await migrateDown(test.db, steps);
        await test.db.knex('users').insert(user(steps));
        await migrateUp(test.db);
        const found = await test.db
          .knex('users')
          .where({ id: String(steps) })
          .first();
        expect(found).toMatchObject({ email: `u${steps}@example.com`, full_name: 'Žofie 😀', created_at: 1 });
      }
    });

    it.each([-1, 1.5, Number.NaN])('are not taken back %s steps', async (steps) => {
      await migrateUp(test.db);
      await expect(migrateDown(test.db, steps)).rejects.toThrow(RangeError);
      expect(await pendingMigrations(test.db)).toEqual([]);
    });

    it('are refused on a database that is newer and yet lacks some; otherwise it is only said', async () => {
      await migrateUp(test.db);
      const newer = '9999-of-tomorrow';
      await test.db.knex('schema_migrations').insert({ name: newer, applied_at: Date.now() });
      expect(await migrateUp(test.db)).toEqual({ newer: [newer] });
      await expect(migrateDown(test.db, 1)).rejects.toThrow(NewerSchemaError);
      await test.db
        .knex('schema_migrations')
        .where({ name: NAMES.at(-1) })
        .delete();
      await expect(migrateUp(test.db)).rejects.toThrow(/newer release \(9999-of-tomorrow\)/);
    });

    it('wait for another migrator, and go on when it dies', async () => {
      const holder = await holdLock(test);
      const waits = Promise.withResolvers<void>();
      const migrated = migrateUp(test.db, { wait: waits.resolve });
      await waits.promise;
      holder.kill();
      await migrated;
      expect(await pendingMigrations(test.db)).toEqual([]);
      await holder.close();
    });
  });
}

type Step = (name: string, direction: 'up' | 'down') => void;

/** Runs until nothing fails any more: the first time it stops behind the first statement of this migration, and so on. */
async function failBehindEach(
  db: Database,
  name: string,
  run: (step: Step) => Promise<unknown>,
): Promise<number> {
  const trap = trapStatements(db);
  try {
    for (let failures = 0; ; failures++) {
      const step: Step = (current) => (current === name ? trap.arm(failures + 1) : trap.disarm());
      const error = await run(step).then(
        () => null,
        (reason: unknown) => reason,
      );
      trap.disarm();
      if (error === null) return failures;
      if (!(error instanceof InjectedFailure)) throw error;
    }
  } finally {
    trap.restore();
  }
}

interface Holder {
  kill(): void;
  close(): Promise<void>;
}

/** Somebody who has the lock and does nothing. */
async function holdLock({ config }: TestDatabase): Promise<Holder> {
  if (config.type === 'sqlite') return holdFile(config.file);
  const other = openDatabase(config);
  const held = Promise.withResolvers<Socket>();
  const stuck = underMigrationLock(
    other,
    () => {},
    async (trx) => {
      held.resolve(socketOf(await trx.client.acquireConnection())!);
      await new Promise(() => {});
    },
  );
  stuck.catch(() => undefined);
  const socket = await held.promise;
  return { kill: () => socket.destroy(), close: async () => undefined };
}

/** SQLite's lock is of the process. */
async function holdFile(file: string): Promise<Holder> {
  const script = `const db = new (require('better-sqlite3'))(process.argv[1]);
    db.pragma('journal_mode = WAL'); db.exec('BEGIN IMMEDIATE'); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script, file], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const exit = once(child, 'exit');
  return { kill: () => child.kill('SIGKILL'), close: async () => void (await exit) };
}

function isBookkeeping(line: string): boolean {
  return line.includes('schema_migrations');
}

function user(steps: number) {
  return {
    id: String(steps),
    email: `u${steps}@example.com`,
    full_name: 'Žofie 😀',
    name_key: 'žofie 😀',
    role: 'viewer',
    is_active: true,
    must_change_password: false,
    password_hash: '-',
    created_at: 1,
    updated_at: 1,
  };
}
