/**
 * Keeps requests from waiting for a server that does not answer: after a failure nobody asks for `restMs`, then one
 * asks for all, and the answer decides.
 */
export interface Breaker {
  /** May I ask now? Who is told yes must report succeeded() or failed(). */
  permits(): boolean;
  succeeded(): void;
  failed(): void;
  readonly open: boolean;
}

/** `now` in milliseconds of a clock that never goes back. */
export function createBreaker(restMs: number, now: () => number = () => performance.now()): Breaker {
  let retryAt: number | null = null;
  return {
    permits() {
      if (retryAt === null) return true;
      if (now() < retryAt) return false;
      // The others go on resting until this one has reported, or until it is lost.
      retryAt = now() + restMs;
      return true;
    },
    succeeded() {
      retryAt = null;
    },
    failed() {
      retryAt = now() + restMs;
    },
    get open() {
      return retryAt !== null;
    },
  };
}
