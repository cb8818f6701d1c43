import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Client,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath } from 'grpc-health-check';
import { afterEach, expect, test } from 'vitest';
import { startTestServer, type TestServer, withToken } from '../testing/test-server.ts';
import { callUnary } from '../testing/unary-call.ts';
import { loadDefinition } from './service-definition.ts';

let server: TestServer;
afterEach(() => server.close());

test('refuses calls of every kind without a token, and lets the health check through', async () => {
  server = await startTestServer();
  const client = server.connect();
  await expect(callUnary(client, 'GetStatus', {}, new Metadata())).rejects.toMatchObject({
    code: status.UNAUTHENTICATED,
  });
  for (const stream of [client.WatchStats({}), client.Capture({}), client.ClassifyStream()]) {
    stream.resume();
    const [error] = (await once(stream, 'error')) as [ServiceError];
    expect(error.code).toBe(status.UNAUTHENTICATED);
  }
  expect(server.context.captures.active).toBe(0);
  expect(await health(server.listen.grpc, 'fastpath.v1.FastPath')).toBe('SERVING');
});

test('answers RESOURCE_EXHAUSTED beyond GRPC_MAX_CALLS, and streams never take the last half', async () => {
  server = await startTestServer({ GRPC_MAX_CALLS: '4' });
  const client = server.connect();
  const watch = () => client.WatchStats({ interval_ms: 60_000 }, withToken()).on('error', () => {});
  const streams = [watch(), watch()];
  await Promise.all(streams.map((stream) => once(stream, 'data')));
  const [error] = (await once(watch(), 'error')) as [ServiceError];
  expect(error).toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: expect.stringContaining('GRPC_MAX_CALLS'),
  });
  await callUnary(client, 'GetStatus', {});
  for (const stream of streams) stream.cancel();
  await expect
    .poll(async () => {
      const next = watch();
      const [first] = await Promise.race([once(next, 'data'), once(next, 'error')]);
      next.cancel();
      return first instanceof Error;
    })
    .toBe(false);
});

test('survives what is not gRPC, and messages that do not decode', async () => {
  server = await startTestServer();
  const session = connect(`http://${server.listen.grpc}`);
  const raw = (headers: object, body: Buffer) =>
    new Promise<string>((resolve) => {
      const stream = session.request({ ':method': 'POST', ...headers });
      let code = '';
      stream.on('response', (reply) => (code = String(reply['grpc-status'] ?? reply[':status'])));
      stream.on('trailers', (trailers) => (code = String(trailers['grpc-status'] ?? code)));
      stream.on('close', () => resolve(code));
      stream.on('error', () => {});
      stream.resume();
      stream.end(body);
    });
  const authorization = String(withToken().get('authorization')[0]);
  const path = '/fastpath.v1.FastPath/ApplyRules';
  const grpc = { 'content-type': 'application/grpc', te: 'trailers' };
  const frame = Buffer.from([0, 0, 0, 0, 3, 0xff, 0xff, 0xff]);
  const classify = '/fastpath.v1.FastPath/Classify';
  expect(await raw({ ':path': classify, ...grpc, authorization }, frame)).toBe(String(status.INTERNAL));
  // Taken apart by the handler, in slices.
  expect(await raw({ ':path': path, ...grpc, authorization }, frame)).toBe(String(status.INVALID_ARGUMENT));
  expect(await raw({ ':path': path, ...grpc }, frame)).toBe(String(status.UNAUTHENTICATED));
  expect(await raw({ ':path': path, 'content-type': 'text/plain' }, frame)).toBe('415');
  expect(await raw({ ':path': '/no.such/Method', ...grpc, authorization }, frame)).toBe(
    String(status.UNIMPLEMENTED),
  );
  const huge = Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]);
  expect(await raw({ ':path': path, ...grpc, authorization }, huge)).toBe(String(status.RESOURCE_EXHAUSTED));
  session.destroy();
  await callUnary(server.connect(), 'GetStatus', {});
});

test('observes each call once, by method and status', async () => {
  server = await startTestServer();
  const client = server.connect();
  await callUnary(client, 'GetStatus', {});
  await callUnary(client, 'GetStatus', {}, new Metadata()).catch(() => {});
  const metrics = await (await fetch(`http://${server.listen.http}/metrics`)).text();
  const count = (code: string) =>
    metrics.match(
      new RegExp(
        `fastpath_grpc_call_duration_seconds_count\\{method="/fastpath.v1.FastPath/GetStatus",status="${code}"\\} (\\d+)`,
      ),
    )?.[1];
  expect(count('OK')).toBe('1');
  expect(count('UNAUTHENTICATED')).toBe('1');
});

test('cuts streams short with UNAVAILABLE when it shuts down', async () => {
  server = await startTestServer();
  const client = server.connect();
  const stream = client.WatchStats({}, withToken());
  await once(stream, 'data');
  const classify = client.ClassifyStream(withToken());
  classify.write({ flows: [] });
  await once(classify, 'data');
  const failed = Promise.all([once(stream, 'error'), once(classify, 'error')]);
  await server.close();
  for (const [error] of (await failed) as unknown as [ServiceError][]) {
    expect(error).toMatchObject({ code: status.UNAVAILABLE, details: 'the server is shutting down' });
  }
  expect(server.context.plane.workers.every(({ thread }) => !thread.running)).toBe(true);
});

test('speaks TLS when it is given a certificate', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fastpath-tls-'));
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', keyFile, '-out', certFile];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...files, ...subject],
    {
      stdio: 'ignore',
    },
  );
  server = await startTestServer({ GRPC_TLS_CERT: certFile, GRPC_TLS_KEY: keyFile });
  const { FastPath } = loadDefinition().types.fastpath.v1;
  const secure = new FastPath(server.listen.grpc, credentials.createSsl(readFileSync(certFile)));
  expect(await callUnary(secure, 'GetStatus', {})).toMatchObject({ mode: 'MODE_UDP' });
  secure.close();
  const plain = server.connect();
  await expect(callUnary(plain, 'GetStatus', {})).rejects.toMatchObject({ code: status.UNAVAILABLE });
  rmSync(folder, { recursive: true });
});

test('names the variable when a certificate cannot be read', async () => {
  await expect(
    startTestServer({ GRPC_TLS_CERT: '/no/such/cert.pem', GRPC_TLS_KEY: '/no/such/key.pem' }),
  ).rejects.toThrow(/GRPC_TLS_CERT/);
  server = await startTestServer(); // nothing was left listening or running that would keep this from starting
});

type HealthReply = { status: string };
function health(address: string, service: string): Promise<string> {
  const options = { keepCase: true, enums: String, defaults: true };
  const types = loadPackageDefinition(loadSync(protoPath, options)) as unknown as {
    grpc: { health: { v1: { Health: new (...args: ConstructorParameters<typeof Client>) => Client } } };
  };
  const client = new types.grpc.health.v1.Health(address, credentials.createInsecure()) as Client & {
    Check(request: object, callback: (error: ServiceError | null, reply: HealthReply) => void): void;
  };
  return new Promise((resolve, reject) => {
    client.Check({ service }, (error, reply) => {
      client.close();
      if (error) reject(error);
      else resolve(reply.status);
    });
  });
}
