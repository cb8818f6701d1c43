import type { Socket } from 'node:net';
import type { ServerConfig } from './database-config.ts';

/** Of pg and mysql2; better-sqlite3 has none. */
export function socketOf(connection: object): Socket | undefined {
  const { stream, connection: inner } = connection as { stream?: Socket; connection?: { stream?: Socket } };
  return inner?.stream ?? stream;
}

function isBusy(connection: object): boolean {
  const { _activeQuery, _command } = connection as { _activeQuery?: unknown; _command?: unknown };
  return Boolean(_activeQuery ?? _command);
}

/** How much longer than the server's own limit a statement may take before the server counts as gone. */
const SILENCE_MARGIN_MS = 5000;

/**
 * A server behind a cut cable or a frozen machine does not answer and does not say so. Its own statement timeout
 * cannot help then, and TCP gives up after a quarter of an hour.
 */
export function endSilence(
  connection: object,
  { statementTimeoutMs }: Pick<ServerConfig, 'statementTimeoutMs'>,
): void {
  if (statementTimeoutMs === 0) return;
  const socket = socketOf(connection);
  socket?.setTimeout(statementTimeoutMs + SILENCE_MARGIN_MS);
  // on(), as the callback of setTimeout() would be told of the first time only: mostly an idle connection.
  socket?.on('timeout', () => {
    if (!isBusy(connection)) return;
    socket.destroy(Object.assign(new Error('The database is silent'), { code: 'ETIMEDOUT' }));
  });
}
