import { describe, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { testEnv } from '../testing/test-app.ts';
import { parseRedisUrl } from './redis-config.ts';

describe('REDIS_URL', () => {
  test.each([
    ['redis://cache', { host: 'cache', port: 6379, tls: false, database: 0 }],
    ['redis://cache:6380/3', { host: 'cache', port: 6380, tls: false, database: 3 }],
    ['rediss://u:p%40ss@cache', { host: 'cache', tls: true, username: 'u', password: 'p@ss' }],
    ['redis://:secret@[::1]:7000', { host: '::1', port: 7000, username: undefined, password: 'secret' }],
  ])('%s', (text, expected) => {
    expect(parseRedisUrl(text)).toMatchObject(expected);
  });

  test('that is wrong is not repeated: it may hold a password', () => {
    const read = () => readConfig(testEnv({ DB_TYPE: 'sqlite', REDIS_URL: 'redis:/:secret-42@cache' }));
    expect(read).toThrow(/^REDIS_URL: /);
    expect(read).not.toThrow('secret-42');
  });

  test.each([
    'http://cache',
    'cache:6379',
    'redis://',
    'redis://cache/first',
    'redis://cache?db=1',
    'redis://:100%@cache',
    'not a url',
  ])('%s is refused', (text) => {
    expect(parseRedisUrl(text)).toBeUndefined();
    const read = () => readConfig(testEnv({ DB_TYPE: 'sqlite', REDIS_URL: text }));
    expect(read).toThrow(/^REDIS_URL: must be redis:/);
  });

  test('is optional', () => {
    expect(readConfig(testEnv({ DB_TYPE: 'sqlite' })).REDIS_URL).toBeUndefined();
    expect(readConfig(testEnv({ DB_TYPE: 'sqlite', REDIS_URL: '' })).REDIS_URL).toBeUndefined();
  });
});
