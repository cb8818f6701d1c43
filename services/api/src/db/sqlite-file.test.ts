import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { testEnv } from '../testing/test-app.ts';
import { type Database, openDatabase } from './database.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tripod-file-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const rights = (path: string) => (statSync(path).mode & 0o777).toString(8);

async function written(file: string): Promise<Database> {
  const db = openDatabase(readConfig(testEnv({ DB_TYPE: 'sqlite', DB_NAME: file })).database);
  await db.knex.schema.createTable('notes', (table) => void table.integer('id').primary());
  return db;
}

it('is made for nobody else, with its log and its folders', async () => {
  const folder = join(directory, 'a/b');
  const db = await written(join(folder, 'x.sqlite'));
  try {
    const files = readdirSync(folder).sort();
    expect(files).toEqual(['x.sqlite', 'x.sqlite-shm', 'x.sqlite-wal']);
    for (const name of files) expect([name, rights(join(folder, name))]).toEqual([name, '600']);
    expect([rights(join(directory, 'a')), rights(folder)]).toEqual(['700', '700']);
  } finally {
    await db.close();
  }
});

it('keeps the rights that somebody gave it', async () => {
  const folder = join(directory, 'shared');
  const file = join(folder, 'x.sqlite');
  mkdirSync(folder);
  writeFileSync(file, '');
  chmodSync(folder, 0o770);
  chmodSync(file, 0o660);
  await (await written(file)).close();
  expect([rights(folder), rights(file)]).toEqual(['770', '660']);
});

it('that cannot be made is an error of SQLite', async () => {
  mkdirSync(join(directory, 'x.sqlite'));
  await expect(written(join(directory, 'x.sqlite'))).rejects.toThrow(/unable to open database file/);
});
