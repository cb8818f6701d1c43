import type { Server } from 'node:http';

/** Connections whose last answer went out before the drain began promise keep-alive; they are closed as they idle. */
const SWEEP_MS = 100;

/** Stops accepting, lets requests in flight finish, and cuts what is left after `deadlineMs`. */
export async function closeServer(server: Server, deadlineMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  // The only error close() reports is a server that never listened, which is closed as well.
  server.close(() => resolve());
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await promise;
  clearInterval(sweep);
  clearTimeout(deadline);
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
