import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { ADMIN } from './processes.ts';

const agent = new Agent({ keepAlive: true });

/** A client of the REST API that is signed in as administrator. */
export interface Client {
  call<T>(method: string, path: string, body?: object): Promise<T>;
}

export async function signIn(origin: string): Promise<Client> {
  const login = await send<{ access_token: string }>(origin, 'POST', '/auth/login', ADMIN);
  return { call: (method, path, body) => send(origin, method, path, body, login.access_token) };
}

async function send<T>(
  origin: string,
  method: string,
  path: string,
  body?: object,
  token?: string,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const call = request(`http://${origin}/api/v1${path}`, { method, headers, agent }, async (reply) => {
    let text = '';
    for await (const chunk of reply.setEncoding('utf8')) text += chunk;
    assert(reply.statusCode! < 300, `${method} ${path} answered ${reply.statusCode}: ${text}`);
    resolve(JSON.parse(text));
  });
  call.on('error', reject);
  call.end(body && JSON.stringify(body));
  return promise;
}
