import { expect, test } from 'vitest';
import { chooseDatabase, type DatabaseChoice, ALIASES as ofDev } from '../../scripts/dev/database-choice.ts';
import { readConfig } from '../../services/api/src/config.ts';
import { type DatabaseConfig, ALIASES as ofTheApi } from '../../services/api/src/db/database-config.ts';

// `make dev` has to know where the data will be before the API runs, and reads the same variables for it.

test('make dev and the API take the same names for a database', () => {
  expect(ofDev).toEqual(ofTheApi);
});

const SERVERS = Object.keys(ofTheApi).filter((name) => ofTheApi[name] !== 'sqlite');
const FILES = Object.keys(ofTheApi).filter((name) => ofTheApi[name] === 'sqlite');

test.each([
  ...SERVERS.flatMap((name) => [
    { DB_TYPE: name, DB_HOST: 'db' },
    { DB_TYPE: name.toUpperCase(), DB_HOST: 'db', DB_PORT: '7', DB_NAME: 'shop' },
    { DATABASE_URL: `${name}://me:secret@db` },
    { DATABASE_URL: `${name}://me:secret@[::1]:7/my%20shop` },
  ]),
  ...FILES.flatMap((name) => [
    { DB_TYPE: name, DB_NAME: '/x/y.sqlite' },
    { DATABASE_URL: `${name}:/x/y.sqlite` },
    { DATABASE_URL: `${name}:///x/y.sqlite` },
  ]),
])('and find the same one by %j', (given) => {
  const { database } = readConfig({ APP_ENV: 'test', JWT_KEYS: `k:${'x'.repeat(32)}`, ...given });
  expect(chosen(chooseDatabase(given, '/data'))).toEqual(configured(database));
});

function chosen(choice: DatabaseChoice): object {
  if (choice.kind === 'file') return { type: 'sqlite', file: choice.file };
  if (choice.kind !== 'configured') return choice;
  const { type, host, port, name } = choice;
  return { type, host, port, name };
}

function configured(database: DatabaseConfig): object {
  if (database.type === 'sqlite') return { type: database.type, file: database.file };
  const { type, host, port, name } = database;
  return { type, host, port, name };
}
