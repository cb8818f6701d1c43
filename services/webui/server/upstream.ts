import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Socket } from 'node:net';
import type { Limits } from './limits.ts';

class UpstreamTimeoutError extends Error {
  override readonly name = 'UpstreamTimeoutError';
}

/** Keep-alive connections to the API. How many are open is bounded by the admission, not by a queue here. */
export function createUpstreamAgent(target: URL, limits: Limits): http.Agent {
  const { Agent } = target.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256, scheduling: 'lifo' });
  const { keepSocketAlive } = agent;
  // The agent closes a free connection whose time is over. Its option `timeout` would also end those under way.
  agent.keepSocketAlive = (connection) => {
    const kept = keepSocketAlive.call(agent, connection);
    if (connection instanceof Socket) connection.setTimeout(limits.upstreamFreeMs);
    return kept;
  };
  return agent;
}

/** Ends a request whose connection, or the beginning of whose answer, takes too long. It must have its socket. */
export function limitUpstreamTime(request: ClientRequest, limits: Limits): void {
  const end = (phase: string) =>
    request.destroy(new UpstreamTimeoutError(`the API did not ${phase} in time`));
  request.setTimeout(limits.upstreamIdleMs, () => end('answer'));
  request.once('response', () => request.setTimeout(0));
  if (!request.socket?.connecting) return;
  const timer = setTimeout(() => end('accept the connection'), limits.upstreamConnectMs);
  request.socket.once('connect', () => clearTimeout(timer));
  request.once('close', () => clearTimeout(timer));
}

export type UpstreamFailure = 'connect' | 'timeout' | 'reset' | 'protocol';

/** What went wrong on the way to the API, as a metric label. */
export function classifyFailure(error: NodeJS.ErrnoException): UpstreamFailure {
  if (error instanceof UpstreamTimeoutError || error.code === 'ETIMEDOUT') return 'timeout';
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return 'reset';
  if (error.code?.startsWith('HPE_') || error.code?.startsWith('ERR_')) return 'protocol';
  return 'connect';
}

/**
 * The API may close an idle connection in the moment it is reused (RFC 9110 §9.2.2, RFC 9112 §9.3.1).
 * Only a read without a body may be sent again.
 */
export function isRepeatable(
  error: NodeJS.ErrnoException,
  { method, headers }: IncomingMessage,
  request: ClientRequest | undefined,
): boolean {
  if (error.code !== 'ECONNRESET' || request?.reusedSocket !== true) return false;
  const bodiless = headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
  return bodiless && (method === 'GET' || method === 'HEAD');
}
