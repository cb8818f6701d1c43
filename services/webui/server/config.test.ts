import { expect, test } from 'vitest';
import { readConfig, StartError } from './config.ts';

test('an empty environment gives the production defaults, frozen', () => {
  const config = readConfig({ PORT: '' });
  expect(config).toMatchObject({
    APP_ENV: 'production',
    HOST: '0.0.0.0',
    PORT: 3000,
    METRICS_PORT: 3001,
    API_URL: 'http://api:5000',
    TRUST_PROXY: [],
  });
  expect(Object.isFrozen(config)).toBe(true);
});

test('all problems are reported together, by variable name', () => {
  const env = { PORT: '70000', METRICS_PORT: 'x', API_URL: 'api', TRUST_PROXY: 'true', APP_ENV: 'prod' };
  expect(() => readConfig(env)).toThrow(StartError);
  expect(() => readConfig(env)).toThrow(
    /APP_ENV:.*PORT:.*METRICS_PORT: must be a number.*API_URL:.*TRUST_PROXY: must be/s,
  );
});

test.each([
  'http://a/x',
  'http://u:p@a',
  'http://a?x',
  'http://a#x',
  'ftp://a',
  'file:///etc',
  'a:5000',
  'http://a/?',
])('API_URL=%s is refused: the target is an origin', (API_URL) => {
  expect(() => readConfig({ API_URL })).toThrow(/API_URL/);
});

test.each(['http://api:5000', 'http://api:5000/', 'https://10.0.0.1', 'http://[::1]:5000'])(
  'API_URL=%s is fine',
  (API_URL) => {
    expect(readConfig({ API_URL }).API_URL).toBe(API_URL);
  },
);

test.each([
  'true',
  '1',
  '*',
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/33',
  '10.0.0.0/8/8',
  'all',
  '::1/129',
  '10.0.0.0/-1',
])('TRUST_PROXY=%s is refused: nobody is trusted blindly', (TRUST_PROXY) => {
  expect(() => readConfig({ TRUST_PROXY })).toThrow(/TRUST_PROXY/);
});

test('TRUST_PROXY is a list of names, addresses and ranges', () => {
  expect(readConfig({ TRUST_PROXY: 'loopback, 10.0.0.0/8,fd00::/8, 192.0.2.1' }).TRUST_PROXY).toEqual([
    'loopback',
    '10.0.0.0/8',
    'fd00::/8',
    '192.0.2.1',
  ]);
});
