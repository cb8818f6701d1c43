import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections whose last answer went out before the drain began promise keep-alive; they are closed as they idle. */
const SWEEP_MS = 100;

/**
 * Prepares a server, before it listens, for its end. The function it answers stops accepting, lets requests in flight
 * finish, and cuts what is left after `deadlineMs`.
 */
export function createDrain(server: Server): (deadlineMs: number) => Promise<void> {
  const idle = trackIdle(server);
  return async function drain(deadlineMs) {
    const { promise, resolve } = Promise.withResolvers<void>();
    // The only error close() reports is a server that never listened, which is closed as well.
    server.close(() => resolve());
    const sweep = setInterval(() => idle.forEach((socket) => void socket.destroy()), SWEEP_MS);
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
    await promise;
    clearInterval(sweep);
    clearTimeout(deadline);
  };
}

/**
 * From now on every answer is the last one of its connection, and says so: clients open the next one elsewhere, while
 * this listener still serves those who do not know yet. Closed from our side, a connection may carry a request already.
 */
export function retireConnections(server: Server): void {
  server.prependListener('request', (_req, res) => {
    res.shouldKeepAlive = false;
  });
}

/**
 * The connections on which no request is under way. Node's closeIdleConnections() spares those that never carried
 * one, and browsers open some ahead: each would hold the drain until its deadline.
 */
function trackIdle(server: Server): Set<Socket> {
  const idle = new Set<Socket>();
  const underWay = new WeakMap<Socket, number>();
  server.on('connection', (socket: Socket) => {
    idle.add(socket);
    socket.once('close', () => idle.delete(socket));
  });
  server.on('request', ({ socket }, res) => {
    idle.delete(socket);
    underWay.set(socket, (underWay.get(socket) ?? 0) + 1);
    res.once('close', () => {
      const left = (underWay.get(socket) ?? 1) - 1;
      underWay.set(socket, left);
      if (left === 0 && !socket.destroyed) idle.add(socket);
    });
  });
  return idle;
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process at once. */
export async function shutdownSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let signalled = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (signalled) process.exit(1);
    signalled = true;
    resolve(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return promise;
}
