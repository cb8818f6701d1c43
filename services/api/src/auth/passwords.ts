import bcrypt from 'bcrypt';
import { AppError } from '../errors.ts';
import { passwordProblem } from './password-rules.ts';

export interface Passwords {
  /** @throws AppError validation_failed at `field` when the password is too short, too long or too common. */
  check(password: string, field: string): void;
  hash(password: string): Promise<string>;
  /** Takes as long for an unknown user (hash undefined) as for a wrong password. */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Was this hash made with another cost than the configured one? */
  needsRehash(hash: string): boolean;
}

/** bcrypt in libuv's thread pool, never on the event loop. */
export function createPasswords({ BCRYPT_COST: cost }: { BCRYPT_COST: number }): Passwords {
  // Made at the first need, with the same cost as real ones: the time must not tell whether a user exists.
  let dummy: Promise<string> | undefined;
  return {
    check(password, field) {
      const message = passwordProblem(password);
      if (message) throw new AppError('validation_failed', undefined, { fields: [{ path: field, message }] });
    },
    hash: (password) => bcrypt.hash(password, cost),
    async verify(password, hash) {
      // bcrypt looks at 72 bytes only and no stored password is longer: a longer one must not match by its beginning.
      const tooLong = Buffer.byteLength(password) > 72;
      dummy ??= bcrypt.hash('nobody has this password', cost);
      const matches = await bcrypt.compare(password, hash ?? (await dummy));
      return matches && hash !== undefined && !tooLong;
    },
    needsRehash: (hash) => bcrypt.getRounds(hash) !== cost,
  };
}
