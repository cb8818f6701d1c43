import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type DatabaseServer, startDatabaseServer } from '../../scripts/databases/server.ts';
import { patient } from '../../scripts/processes/patience.ts';
import { startStack } from '../../scripts/processes/stack.ts';
import { makeCertificate } from '../harness/certificate.ts';
import { freePort } from '../harness/free-port.ts';
import { readiness, redisIs } from '../harness/redis-stage.ts';
import { withServers } from '../harness/with-servers.ts';

describe('Redis over TLS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tripod-redis-tls-'));
  let certificate: string;
  let redis: DatabaseServer;
  let url: string;
  withServers(['redis'], async () => {
    const { key, certificate: own } = makeCertificate(directory);
    certificate = own;
    const port = String(await freePort());
    const files = ['--tls-cert-file', own, '--tls-key-file', key, '--tls-ca-cert-file', own];
    redis = await startDatabaseServer({
      type: 'redis',
      directory: join(directory, 'redis'),
      arguments: ['--tls-port', port, ...files, '--tls-auth-clients', 'no'],
    });
    url = `rediss://:${redis.password}@127.0.0.1:${port}`;
  });
  afterAll(async () => {
    await redis?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('is used when its certificate is trusted', async () => {
    const api = { REDIS_URL: url, NODE_EXTRA_CA_CERTS: certificate };
    await using stack = await startStack({ fastpaths: 0, webui: 0, env: { api } });
    await redisIs('up', stack);
    expect((await readiness(stack.api)).status).toBe('ready');
  });

  test('is not, when nobody vouches for it', async () => {
    await using stack = await startStack({ fastpaths: 0, webui: 0, env: { api: { REDIS_URL: url } } });
    await expect
      .poll(async () => (await readiness(stack.api)).checks.redis?.reason, { timeout: patient(20_000) })
      .toMatch(/certificate/);
    expect(await readiness(stack.api)).toMatchObject({ http: 200, status: 'degraded' });
  });
});
