import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from './patience.ts';

/**
 * Polls `condition` until it answers something truthy and returns that; fails after `deadlineMs` with `what` (as it is
 * then, when it is a function) and, when the condition threw last, that error as the cause.
 */
export async function waitUntil<T>(
  what: string | (() => string),
  condition: () => T | Promise<T>,
  { deadlineMs = patient(15_000), intervalMs = 25 }: { deadlineMs?: number; intervalMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + deadlineMs;
  let cause: unknown;
  do {
    try {
      const value = await condition();
      if (value) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(intervalMs);
  } while (performance.now() < deadline);
  const missed = typeof what === 'string' ? what : what();
  throw new Error(`still waiting after ${deadlineMs} ms: ${missed}`, { cause });
}
