import { credentials, Metadata } from '@grpc/grpc-js';
import jwt from 'jsonwebtoken';
import { readConfig } from '../config.ts';
import { type Context, createContext } from '../context.ts';
import type { FastPathClient } from '../grpc/gen/fastpath/v1/FastPath.ts';
import { loadDefinition } from '../grpc/service-definition.ts';
import { type RunningServer, startServer } from '../server.ts';
import { silentLog } from './silent-log.ts';

export const TEST_SECRET = 'a-secret-of-these-tests-0123456789abcdef';
const LIMITS = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

export type TestServer = RunningServer & {
  readonly context: Context;
  readonly dataPort: number;
  /** A client of its own connection. */
  connect(options?: Record<string, number>): FastPathClient;
};

/** The whole service in this process, on free ports of loopback. */
export async function startTestServer(
  env: Record<string, string> = {},
  handlerModule?: URL,
): Promise<TestServer> {
  const base = {
    APP_ENV: 'test',
    HOST: '127.0.0.1',
    HTTP_PORT: '0',
    GRPC_PORT: '0',
    DATA_PORT: '0',
    DATA_HOST: '127.0.0.1,::1',
    DATA_WORKERS: '2',
    FASTPATH_SECRET: TEST_SECRET,
  };
  const context = await createContext(readConfig({ ...base, ...env }), { log: silentLog, handlerModule });
  const server = await startServer(context);
  const clients: FastPathClient[] = [];
  return {
    ...server,
    context,
    dataPort: Number(server.listen.data[0].split(':').at(-1)),
    connect(options = {}) {
      const { FastPath } = loadDefinition().types.fastpath.v1;
      const client = new FastPath(server.listen.grpc, credentials.createInsecure(), {
        ...LIMITS,
        ...options,
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.close();
      await server.close();
    },
  };
}

/** Metadata with a service token as the API makes them, but for what the test says. */
export function withToken(
  claims: object = {},
  options: jwt.SignOptions = {},
  secret = TEST_SECRET,
): Metadata {
  const defaults: jwt.SignOptions = { audience: 'fastpath', issuer: 'tripod-api', expiresIn: 30 };
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${jwt.sign(claims, secret, { ...defaults, ...options })}`);
  return metadata;
}
