import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { SERVANT } from '../../scripts/databases/child.ts';
import type { DatabaseServer } from '../../scripts/databases/server.ts';
import { migrate } from '../../scripts/processes/migrate.ts';
import { startStack } from '../../scripts/processes/stack.ts';
import { type Certificate, makeCertificate } from '../harness/certificate.ts';
import { RAISE_MS, type SqlType, startServer, temporaryFolder } from '../harness/fault-stage.ts';
import { withServers } from '../harness/with-servers.ts';

const CERTIFICATE = /certificate|altnames/i;

describe.each(['postgres', 'mysql', 'mariadb'] as const)('%s over TLS', { timeout: RAISE_MS }, (type) => {
  const undo = new AsyncDisposableStack();
  let directory: string;
  let ours: Certificate;
  let others: Certificate;
  let server: DatabaseServer | undefined;
  withServers([type], () => {
    directory = temporaryFolder(undo);
    ours = makeCertificate(join(directory, 'ours'));
    others = makeCertificate(join(directory, 'others'), 'elsewhere.example');
  });
  afterAll(async () => {
    await server?.stop();
    await undo.disposeAsync();
  });

  /** Starts the server (again), on the same data. */
  async function serve(more: string[]): Promise<DatabaseServer> {
    await server?.stop();
    server = await startServer(type, join(directory, 'server'), more);
    return server;
  }
  const encrypted = (by: Certificate) => serve(encryptedOnly(type, by, directory));
  const inClearText = () => serve(type === 'mysql' ? ['--tls-version='] : []);

  const env = (to: DatabaseServer, tls: Record<string, string>) => ({
    DB_TYPE: type,
    DB_NAME: '',
    // By name: the drivers compare it with the certificate.
    DATABASE_URL: to.url().replace('127.0.0.1', 'localhost'),
    ...tls,
  });
  /** What the migration, as every process of the API, says when it cannot connect. */
  const connect = (to: DatabaseServer, tls: Record<string, string>) =>
    migrate({
      PATH: process.env.PATH,
      JWT_KEYS: `test:${'x'.repeat(32)}`,
      APP_ENV: 'test',
      DB_MAX_RETRIES: '0',
      ...env(to, tls),
    });

  test('is served, and its certificate checked', async () => {
    const api = env(await encrypted(ours), { DB_TLS: 'verify', DB_TLS_CA: ours.certificate });
    await using stack = await startStack({ fastpaths: 0, webui: 0, env: { api } });
    const reply = await fetch(`${stack.apiUrl}/readyz`);
    expect([reply.status, await reply.json()]).toMatchObject([200, { status: 'ready' }]);
  });

  test('is what the server asks for here, and is given without a look at the certificate if that is wished', async () => {
    const to = await encrypted(ours);
    await expect(connect(to, { DB_TLS: 'off' })).rejects.toThrow(/cannot migrate/);
    await connect(to, { DB_TLS: 'require' });
  });

  test('is refused when nobody vouches for the certificate, and when it belongs to another host', async () => {
    const to = await encrypted(others);
    await connect(to, { DB_TLS: 'require' });
    for (const DB_TLS_CA of ['', ours.certificate, others.certificate])
      await expect(connect(to, { DB_TLS: 'verify', DB_TLS_CA })).rejects.toThrow(CERTIFICATE);
  });

  test('is never given up for clear text', async () => {
    const to = await inClearText();
    await connect(to, { DB_TLS: 'off' });
    for (const DB_TLS of ['require', 'verify'])
      await expect(connect(to, { DB_TLS })).rejects.toThrow(/SSL|secure/i);
  });
});

/** Takes no connection in clear text. */
function encryptedOnly(type: SqlType, { key, certificate }: Certificate, directory: string): string[] {
  if (type !== 'postgres')
    return [
      `--ssl-key=${key}`,
      `--ssl-cert=${certificate}`,
      `--ssl-ca=${certificate}`,
      '--require-secure-transport=ON',
    ];
  // It reads no key that belongs to somebody else.
  if (SERVANT !== undefined) chownSync(key, SERVANT, SERVANT);
  const rules = join(directory, 'hba.conf');
  writeFileSync(rules, 'hostssl all all all scram-sha-256\n');
  const settings = { ssl: 'on', ssl_key_file: key, ssl_cert_file: certificate, hba_file: rules };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
