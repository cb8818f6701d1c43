import { describe, expect, it } from 'vitest';
import { readConfig, readMigratorConfig } from './config.ts';

const minimal = { APP_ENV: 'development', JWT_KEYS: 'dev:development-only-0123456789abcdefghij' };
const SECRET = '3f9c1f0e7b6a4d2c8e5f1a0b9c8d7e6f';
const production = { DB_TYPE: 'postgres', JWT_KEYS: `k1:${SECRET}` };

describe('readConfig', () => {
  it('takes the defaults', () => {
    const config = readConfig(minimal);
    expect(config).toMatchObject({
      PORT: 5000,
      METRICS_PORT: 5001,
      ACCESS_TOKEN_TTL_S: 900,
      BCRYPT_COST: 12,
      FASTPATH_ADDRESS: [],
    });
    expect(config.database).toMatchObject({ type: 'sqlite', file: 'data/tripod.sqlite' });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('names every bad variable at once', () => {
    const read = () => readConfig({ PORT: 'x', BCRYPT_COST: '4', DB_TYPE: 'oracle' });
    expect(read).toThrow(/PORT: .*JWT_KEYS: is required.*BCRYPT_COST: /);
    expect(() => readConfig({ ...minimal, DB_TYPE: 'oracle' })).toThrow('DB_TYPE: "oracle" is none of');
  });

  it('counts an empty variable as unset', () => {
    expect(readConfig({ ...minimal, PORT: '', FASTPATH_SECRET: '', DB_TYPE: '' }).PORT).toBe(5000);
  });

  it('trusts the proxies named, and nobody with none', () => {
    expect(readConfig(minimal).TRUST_PROXY).toEqual(['loopback', 'uniquelocal']);
    expect(readConfig({ ...minimal, TRUST_PROXY: '10.0.0.0/8, ::1' }).TRUST_PROXY).toEqual([
      '10.0.0.0/8',
      '::1',
    ]);
    expect(readConfig({ ...minimal, TRUST_PROXY: 'none' }).TRUST_PROXY).toEqual([]);
  });

  it.each(['foo', '0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0.0.0/8/8', 'true', '1'])(
    'refuses to trust %s as a proxy',
    (TRUST_PROXY) => {
      expect(() => readConfig({ ...minimal, TRUST_PROXY })).toThrow('TRUST_PROXY: must be a comma list');
    },
  );

  it('is in production unless told otherwise, and then wants a database', () => {
    expect(readConfig(production).APP_ENV).toBe('production');
    expect(() => readConfig({ JWT_KEYS: `k1:${SECRET}` })).toThrow('DB_TYPE: is required in production');
  });

  it.each([
    [{ JWT_KEYS: minimal.JWT_KEYS }, 'JWT_KEYS'],
    [{ JWT_KEYS: `k1:${SECRET},old:change-me-change-me-change-me-change-me` }, 'JWT_KEYS'],
    [{ JWT_KEYS: 'k1:Change_Me-0123456789abcdefghijklmnop' }, 'JWT_KEYS'],
    [{ FASTPATH_SECRET: 'please change me 0123456789abcdefgh' }, 'FASTPATH_SECRET'],
    [{ FASTPATH_SECRET: 'CHANGEME0123456789abcdefghijklmnopq' }, 'FASTPATH_SECRET'],
    [{ FASTPATH_SECRET: 'development-only-0123456789abcdefghij' }, 'FASTPATH_SECRET'],
    [{ ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'admin' }, 'ADMIN_PASSWORD'],
  ])('refuses development secrets in production: %o', (env, variable) => {
    expect(() => readConfig({ ...production, ...env })).toThrow(variable);
  });

  it('reads keys in order and refuses short or doubled ones', () => {
    const keys = readConfig({ ...minimal, JWT_KEYS: `new:${SECRET},old:${SECRET}x:y` }).JWT_KEYS;
    expect(keys).toEqual([
      { kid: 'new', secret: SECRET },
      { kid: 'old', secret: `${SECRET}x:y` },
    ]);
    for (const bad of ['k1:short', SECRET, `k1:${SECRET},k1:${SECRET}`]) {
      expect(() => readConfig({ ...minimal, JWT_KEYS: bad })).toThrow('JWT_KEYS');
    }
  });

  it('wants both halves of a pair', () => {
    expect(() => readConfig({ ...minimal, ADMIN_EMAIL: 'a@b.c' })).toThrow('ADMIN_PASSWORD');
    expect(() => readConfig({ ...minimal, FASTPATH_ADDRESS: 'fastpath:50051' })).toThrow('FASTPATH_SECRET');
  });
});

describe('readMigratorConfig', () => {
  it('needs the database and no key', () => {
    const config = readMigratorConfig({ DB_TYPE: 'postgres', DB_HOST: 'db', DB_MAX_RETRIES: '60' });
    expect(config.database).toMatchObject({ type: 'postgres', host: 'db', port: 5432, maxRetries: 60 });
    expect(config.LOG_LEVEL).toBe('info');
  });

  it('names every bad variable at once, and only those that it reads', () => {
    const read = () => readMigratorConfig({ DB_TYPE: 'oracle', LOG_LEVEL: 'loud', PORT: 'x' });
    expect(read).toThrow(/^LOG_LEVEL: .*; DB_TYPE: "oracle" is none of/);
    expect(() => readMigratorConfig({})).toThrow('DB_TYPE: is required in production');
  });
});
