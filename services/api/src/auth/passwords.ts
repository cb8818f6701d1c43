import bcrypt from 'bcrypt';
import { AppError } from '../errors.ts';
import { passwordProblem } from './password-rules.ts';

export interface Passwords {
  /** @throws AppError validation_failed at `field` when the password is too short, too long or too common. */
  check(password: string, field: string): void;
  /** @throws AppError overloaded, as verify(), when too many wait already. */
  hash(password: string): Promise<string>;
  /** Takes as long for an unknown user (hash undefined) as for a wrong password. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Was this hash made with another cost than the configured one? */
  needsRehash(hash: string): boolean;
}

/**
 * Hashes in work or waiting at the same time. Each takes a quarter of a second of one of libuv's four threads, which
 * also read files and resolve names: beyond two seconds of queue it is better to say no at once.
 */
const MAX_PENDING = 32;
const RETRY_AFTER_S = 2;

/** bcrypt in libuv's thread pool, never on the event loop. */
export function createPasswords({ BCRYPT_COST: cost }: { BCRYPT_COST: number }): Passwords {
  // Made at the first need, with the same cost as real ones: the time must not tell whether a user exists.
  let dummy: Promise<string> | undefined;
  let pending = 0;

  async function queued<T>(work: () => Promise<T>): Promise<T> {
    if (pending >= MAX_PENDING) throw new AppError('overloaded', undefined, { retryAfterS: RETRY_AFTER_S });
    pending += 1;
    try {
      return await work();
    } finally {
      pending -= 1;
    }
  }

  return {
    check(password, field) {
      const message = passwordProblem(password);
      if (message) throw new AppError('validation_failed', undefined, { fields: [{ path: field, message }] });
    },
    hash: (password) => queued(() => bcrypt.hash(password, cost)),
    async verify(password, hash) {
      // bcrypt looks at 72 bytes only and no stored password is longer: a longer one must not match by its beginning.
      const tooLong = Buffer.byteLength(password) > 72;
      dummy ??= bcrypt.hash('nobody has this password', cost);
      const against = hash ?? (await dummy);
      const matches = await queued(() => bcrypt.compare(password, against));
      return matches && hash !== undefined && !tooLong;
    },
    needsRehash: (hash) => bcrypt.getRounds(hash) !== cost,
  };
}
