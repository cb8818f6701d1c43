import { isRetryable } from './errors.ts';
import { discard } from './statement-errors.ts';

/** A connection with a transaction begun and not confirmed to have ended. */
const inTransaction = new WeakSet<object>();

export type Command = 'begin' | 'commit' | 'rollback';

/** What this statement does to the transaction of its connection; undefined for all others. */
export function commandOf(sql: string): Command | undefined {
  const word = /^\s*(begin|commit|rollback(?!\s+to))\b/i.exec(sql)?.[1];
  return word?.toLowerCase() as Command | undefined;
}

/** For the pool: may it be handed out? What the client knows of dead connections is asked besides. */
export function isReusable(connection: object): boolean {
  return !inTransaction.has(connection);
}

/** To be called with every BEGIN, COMMIT and ROLLBACK; `send` answers what the database says it has done. */
export async function noted(
  connection: object,
  command: Command,
  send: () => Promise<string | undefined>,
): Promise<void> {
  inTransaction.add(connection);
  try {
    const done = await send();
    if (command === 'commit') refuseRollback(done);
    if (command !== 'begin') inTransaction.delete(connection);
  } catch (error) {
    // A BEGIN that was refused began nothing; a deadlock found at COMMIT has ended the transaction.
    if (command === 'begin' || (command === 'commit' && isRetryable(error))) inTransaction.delete(connection);
    throw error;
  }
}

/** PostgreSQL answers a COMMIT with ROLLBACK, and no error, when a statement before it had failed. */
function refuseRollback(done: string | undefined): void {
  if (done === 'ROLLBACK')
    throw new Error('Nothing was saved: a statement of the transaction had failed, and nobody said so');
}

/** Before a connection goes back to the pool: one whose transaction did not end is thrown away there. */
export function discardUnended(connection: object): void {
  if (inTransaction.has(connection)) discard(connection, 'a transaction did not end');
}
