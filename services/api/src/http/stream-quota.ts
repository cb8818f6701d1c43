import type { Response } from 'express';
import { AppError } from '../errors.ts';

const RETRY_AFTER_S = 5;

export interface StreamQuota {
  /**
   * Counts this response as an open stream of the user until it is closed.
   * @throws AppError too_many_streams.
   */
  take(userId: string, res: Response): void;
}

/** At most `limit` streams per user in this process: sockets and upstream captures are not for one alone. */
export function createStreamQuota(limit: number): StreamQuota {
  const open = new Map<string, number>();
  return {
    take(userId, res) {
      const count = open.get(userId) ?? 0;
      if (count >= limit) {
        const detail = `You have ${count} of these open; close one first`;
        throw new AppError('too_many_streams', detail, { retryAfterS: RETRY_AFTER_S });
      }
      open.set(userId, count + 1);
      res.once('close', () => {
        const left = open.get(userId)! - 1;
        if (left > 0) open.set(userId, left);
        else open.delete(userId);
      });
    },
  };
}
