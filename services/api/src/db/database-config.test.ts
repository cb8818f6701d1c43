import { describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { knexConfig } from './dialect.ts';

const base = { APP_ENV: 'test', JWT_KEYS: 'test:a-secret-only-for-tests-0123456789' };
const database = (env: Record<string, string>) => readConfig({ ...base, ...env }).database;

describe('DB_TYPE', () => {
  it.each([
    ['postgres', 'postgres', 5432],
    ['postgresql', 'postgres', 5432],
    ['PostgreSQL', 'postgres', 5432],
    ['mysql', 'mysql', 3306],
    ['mariadb', 'mariadb', 3306],
  ])('%s', (written, type, port) => {
    expect(database({ DB_TYPE: written })).toMatchObject({ type, port, host: 'localhost', name: 'tripod' });
  });

  it.each(['sqlite', 'sqlite3'])('%s: DB_NAME is the file', (written) => {
    expect(database({ DB_TYPE: written, DB_NAME: '/x/y.db' })).toMatchObject({
      type: 'sqlite',
      file: '/x/y.db',
    });
  });

  it.each([
    ['postgres', 'pg'],
    ['mysql', 'mysql2'],
    ['mariadb', 'mysql2'],
  ])('%s has a driver', (type, client) => {
    const config = knexConfig(database({ DB_TYPE: type, DB_POOL_SIZE: '7' }));
    expect(config).toMatchObject({ client, pool: { max: 7 } });
  });
});

describe('DATABASE_URL', () => {
  it.each([
    [
      'postgresql://me:p%40ss@db.example:6543/shop',
      { type: 'postgres', host: 'db.example', port: 6543, name: 'shop', user: 'me', password: 'p@ss' },
    ],
    ['mysql://me@[::1]/shop', { type: 'mysql', host: '::1', port: 3306, name: 'shop', user: 'me' }],
    ['mariadb://db', { type: 'mariadb', host: 'db', port: 3306, name: 'tripod' }],
    ['sqlite:data/x.sqlite', { type: 'sqlite', file: 'data/x.sqlite' }],
    ['sqlite:///var/x.sqlite', { type: 'sqlite', file: '/var/x.sqlite' }],
  ])('%s', (url, expected) => {
    expect(database({ DATABASE_URL: url })).toMatchObject(expected);
  });

  it('must not contradict DB_TYPE', () => {
    expect(() => database({ DB_TYPE: 'mysql', DATABASE_URL: 'postgres://db/x' })).toThrow('DB_TYPE');
  });

  it('that is none is refused without showing its password', () => {
    expect(() => database({ DATABASE_URL: 'postgres//:geheim' })).toThrow(/^(?!.*geheim).*DATABASE_URL/);
  });
});
