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
    ['sqlite', 'better-sqlite3'],
  ])('%s has a driver', (type, driver) => {
    const { client } = knexConfig(database({ DB_TYPE: type, DB_POOL_SIZE: '7' }));
    expect((client as unknown as { prototype: object }).prototype).toMatchObject({ driverName: driver });
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

describe('TLS', () => {
  const CA = new URL(import.meta.url).pathname;

  it.each([
    ['postgres://db/x?sslmode=disable', 'off'],
    ['postgres://db/x?sslmode=require', 'require'],
    ['postgres://db/x?sslmode=verify-full', 'verify'],
    ['mysql://db/x?ssl-mode=REQUIRED', 'require'],
    ['mariadb://db/x?ssl-mode=VERIFY_IDENTITY', 'verify'],
    [`postgres://db/x?sslrootcert=${CA}`, 'verify'],
    ['postgres://db/x', 'off'],
  ])('%s', (DATABASE_URL, tls) => {
    expect(database({ DATABASE_URL })).toMatchObject({ tls });
  });

  it('comes from DB_TLS and DB_TLS_CA too', () => {
    const verified = database({ DB_TYPE: 'postgres', DB_TLS: 'verify', DB_TLS_CA: CA });
    expect(verified).toMatchObject({ tls: 'verify', ca: expect.stringContaining('describe(') });
    expect(knexConfig(verified).connection).toMatchObject({ ssl: { rejectUnauthorized: true } });
    const encrypted = database({ DB_TYPE: 'mysql', DB_TLS: 'require' });
    expect(knexConfig(encrypted).connection).toMatchObject({ ssl: { rejectUnauthorized: false } });
  });

  it.each([
    ['an unknown parameter, by its name', { DATABASE_URL: 'postgres://db/x?sslcert=/c' }, 'sslcert'],
    [
      'a mode that may end in plaintext',
      { DATABASE_URL: 'postgres://db/x?sslmode=prefer' },
      'sslmode must be',
    ],
    ['a contradiction', { DATABASE_URL: 'postgres://db/x?sslmode=disable', DB_TLS: 'verify' }, 'contradicts'],
    [
      'a CA that nothing would look at, where libpq would',
      { DATABASE_URL: `postgres://db/x?sslmode=require&sslrootcert=${CA}` },
      'DATABASE_URL: a CA is named',
    ],
    [
      'a CA and plaintext',
      { DB_TYPE: 'mysql', DB_TLS: 'off', DB_TLS_CA: CA },
      'DB_TLS_CA: a CA is named, but TLS is "off"',
    ],
    ['a CA that is not there', { DB_TYPE: 'postgres', DB_TLS_CA: '/no/ca.pem' }, 'DB_TLS_CA: the CA file'],
    [
      'an address to verify on mysql',
      { DB_TYPE: 'mysql', DB_HOST: '10.0.0.1', DB_TLS: 'verify' },
      'a host name',
    ],
    ['encryption of a file', { DB_TYPE: 'sqlite', DB_TLS: 'require' }, 'DB_TLS: sqlite'],
  ])('refuses %s', (_what, env, message) => {
    expect(() => database(env as Record<string, string>)).toThrow(message);
  });
});

describe('DB_REPLICA_URL', () => {
  it('takes from the primary what it does not say itself', () => {
    const env = { DATABASE_URL: 'postgres://me:geheim@db:6543/shop?sslmode=require' };
    expect(database({ ...env, DB_REPLICA_URL: 'postgres://reader' })).toMatchObject({
      host: 'db',
      replica: { host: 'reader', port: 5432, name: 'shop', user: 'me', password: 'geheim', tls: 'require' },
    });
    expect(database(env)).toMatchObject({ replica: null });
    const checked = { DB_TYPE: 'postgres', DB_TLS: 'verify', DB_TLS_CA: new URL(import.meta.url).pathname };
    const replicaOf = (query: string) =>
      database({ ...checked, DB_REPLICA_URL: `postgres://reader${query}` }) as { replica?: unknown };
    const ca = expect.stringContaining('describe(');
    expect(replicaOf('').replica).toMatchObject({ tls: 'verify', ca });
    expect(replicaOf('?sslmode=verify-full').replica).toMatchObject({ tls: 'verify', ca });
    expect(replicaOf('?sslmode=require').replica).toMatchObject({ tls: 'require', ca: undefined });
  });

  it('is for postgres only', () => {
    expect(() => database({ DB_TYPE: 'mysql', DB_REPLICA_URL: 'mysql://reader' })).toThrow('DB_REPLICA_URL');
    expect(() => database({ DB_TYPE: 'postgres', DB_REPLICA_URL: 'mysql://reader' })).toThrow('postgres://');
  });

  it('leaves no secret in the rest of the configuration', () => {
    const env = { DB_TYPE: 'postgres', DB_PASS: 'geheim', DB_REPLICA_URL: 'postgres://me:geheim@reader' };
    const { database: _database, ...rest } = readConfig({ ...base, ...env });
    expect(JSON.stringify(rest)).not.toContain('geheim');
  });
});
