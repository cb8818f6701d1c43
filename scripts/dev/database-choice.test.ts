import { expect, test } from 'vitest';
import { inRepository } from '../repository.ts';
import { chooseDatabase } from './database-choice.ts';

const choose = (given: NodeJS.ProcessEnv) => chooseDatabase(given, '/data');

test.each([
  [{}, { kind: 'file', file: '/data/tripod.sqlite' }],
  [
    { DB_TYPE: 'sqlite3', DB_NAME: 'x.sqlite' },
    { kind: 'file', file: inRepository('x.sqlite') },
  ],
  [{ DATABASE_URL: 'sqlite:///var/x.sqlite' }, { kind: 'file', file: '/var/x.sqlite' }],
  [
    { DB_TYPE: 'postgresql' },
    { kind: 'own', type: 'postgres', directory: '/data/postgres', port: undefined },
  ],
  [
    { DB_TYPE: 'MySQL', DB_PORT: '3310' },
    { kind: 'own', type: 'mysql', directory: '/data/mysql', port: 3310 },
  ],
  [
    { DB_TYPE: 'mariadb', DB_HOST: 'db' },
    { kind: 'configured', type: 'mariadb', host: 'db', port: 3306, name: 'tripod' },
  ],
  [
    { DB_TYPE: 'postgres', DB_HOST: 'db', DB_PORT: '7', DB_NAME: 'x', DB_USER: 'me' },
    { kind: 'configured', type: 'postgres', host: 'db', port: 7, name: 'x' },
  ],
  [
    { DATABASE_URL: 'postgres://me:secret@[::1]/shop' },
    { kind: 'configured', type: 'postgres', host: '::1', port: 5432, name: 'shop' },
  ],
  [
    { DATABASE_URL: 'mysql://db:3307/' },
    { kind: 'configured', type: 'mysql', host: 'db', port: 3307, name: 'tripod' },
  ],
  [{ DB_TYPE: 'oracle' }, { kind: 'unknown' }],
  [{ DATABASE_URL: 'nonsense' }, { kind: 'unknown' }],
])('%o', (given, choice) => {
  expect(choose(given)).toEqual(choice);
});

test.each(['x', '0', '65536', '1.5'])('DB_PORT=%s is refused: it is no port', (DB_PORT) => {
  for (const more of [{}, { DB_HOST: 'db' }])
    expect(() => choose({ DB_TYPE: 'mysql', DB_PORT, ...more })).toThrow(`DB_PORT=${DB_PORT} is not a port`);
});

test('half of a server is refused: nobody knows which one is meant', () => {
  expect(() => choose({ DB_TYPE: 'postgres', DB_USER: 'me' })).toThrow(
    /DB_USER is set, but no server: set DB_HOST/,
  );
});
