import { describe, expect, test } from 'vitest';
import { envSchema, readConfig } from './config.ts';
import { AppError } from './errors.ts';

const secret = 'a-secret-of-these-tests-0123456789abcdef';
const problemsOf = (env: Record<string, string>): string => {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return (error as AppError).message;
  }
  throw new Error('accepted');
};

describe('readConfig', () => {
  test('needs the secret only', () => {
    const config = readConfig({ FASTPATH_SECRET: secret });
    expect(config).toMatchObject({
      httpPort: 8080,
      grpcPort: 50_051,
      dataPort: 7000,
      dataHosts: [],
      mode: 'auto',
      grpcTls: null,
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('takes an empty value for an absent one', () => {
    expect(readConfig({ FASTPATH_SECRET: secret, DATA_PORT: '', DATA_HOST: '' }).dataPort).toBe(7000);
  });

  test('splits DATA_HOST', () => {
    const { dataHosts } = readConfig({ FASTPATH_SECRET: secret, DATA_HOST: '127.0.0.1, fe80::1%eth0' });
    expect(dataHosts).toEqual(['127.0.0.1', 'fe80::1%eth0']);
  });

  test('reports all problems together, by variable', () => {
    const problems = problemsOf({
      HTTP_PORT: '70000',
      DATA_HOST: 'here',
      FASTPATH_MODE: 'fast',
      DATA_WORKERS: '65',
      GRPC_TLS_CERT: '/cert.pem',
    });
    for (const name of [
      'HTTP_PORT',
      'DATA_HOST',
      'FASTPATH_MODE',
      'DATA_WORKERS',
      'GRPC_TLS_KEY',
      'FASTPATH_SECRET',
    ]) {
      expect(problems).toContain(name);
    }
  });

  test('AF_XDP: reads its variables', () => {
    const env = { FASTPATH_MODE: 'afxdp', XDP_INTERFACE: 'eth1', XDP_QUEUES: '2, 0,2', XDP_NUMA_NODE: '1' };
    expect(readConfig({ FASTPATH_SECRET: secret, ...env }).xdp).toEqual({
      interface: 'eth1',
      queues: [0, 2],
      mode: 'auto',
      zeroCopy: 'auto',
      scope: 'data_port',
      busyPollUs: 0,
      coalesceUs: 20,
      hugepages: 'auto',
      numaNode: 1,
      slots: 4_096,
      ringSize: 2_048,
      burst: 64,
    });
    expect(readConfig({ FASTPATH_SECRET: secret }).xdp).toMatchObject({ interface: '', queues: [] });
  });

  test.each<[string, Record<string, string>]>([
    ['XDP_INTERFACE: FASTPATH_MODE=afxdp', { FASTPATH_MODE: 'afxdp' }],
    ['XDP_INTERFACE', { XDP_INTERFACE: 'an interface' }],
    ['XDP_QUEUES', { XDP_QUEUES: '0,one' }],
    ['XDP_RING_SIZE', { XDP_RING_SIZE: '1000' }],
    ['XDP_SLOTS', { XDP_SLOTS: '4095' }],
    ['XDP_SLOTS', { XDP_RING_SIZE: '4096' }],
    ['XDP_ZERO_COPY', { XDP_ZERO_COPY: 'on', XDP_MODE: 'generic' }],
    ['XDP_NUMA_NODE', { XDP_NUMA_NODE: 'near' }],
    ['XDP_BURST', { XDP_BURST: '257' }],
    ['XDP_COALESCE_US', { XDP_COALESCE_US: '1001' }],
  ])('AF_XDP: refuses %s for %j', (problem, env) => {
    expect(problemsOf({ FASTPATH_SECRET: secret, ...env })).toContain(problem);
  });

  test.each([
    'development-only-fastpath-secret-0123456789',
    'please-change-me-please-change-me-please',
    'CHANGE_ME_0123456789_0123456789_0123456789',
    'change me 0123456789 0123456789 0123456789',
    'changeme0123456789012345678901234567890123',
  ])('refuses the placeholder %s in production only', (placeholder) => {
    const problems = problemsOf({ FASTPATH_SECRET: placeholder });
    expect(problems).toContain('FASTPATH_SECRET');
    expect(problems).not.toContain(placeholder);
    expect(readConfig({ FASTPATH_SECRET: placeholder, APP_ENV: 'development' }).secret).toBe(placeholder);
  });

  test('describes every variable', () => {
    for (const [name, field] of Object.entries(envSchema.shape)) expect(field.description, name).toBeTruthy();
  });
});
