import { AppError } from '../errors.ts';

const CHECK_MS = 2_000;
/** A database that does not answer proves nothing about the session: the stream lives on for so many checks. */
const MAX_UNKNOWN = 5;

/**
 * A signal for a long response: it aborts with the request (`signal`), and within seconds when the caller's session
 * has ended, which an access token that was checked once at the start would never notice.
 */
export function guardSession(signal: AbortSignal, isLive: () => Promise<boolean>): AbortSignal {
  const ended = new AbortController();
  const guarded = AbortSignal.any([signal, ended.signal]);
  let unknown = 0;

  async function check(): Promise<void> {
    try {
      if (!(await isLive())) return ended.abort(new AppError('session_ended'));
      unknown = 0;
    } catch (cause) {
      unknown += 1;
      if (unknown >= MAX_UNKNOWN) {
        return ended.abort(new AppError('database_unavailable', 'The session cannot be checked', { cause }));
      }
    }
    if (!guarded.aborted) timer = setTimeout(check, CHECK_MS);
  }

  let timer = setTimeout(check, CHECK_MS);
  guarded.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return guarded;
}
