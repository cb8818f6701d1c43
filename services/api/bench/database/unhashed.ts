import type { Context } from '../../src/context.ts';
import { createUsers } from '../../src/users/users.service.ts';

/** Stands for every hash: bcrypt would be nearly all that creating a user costs, and the same for everybody. */
export const UNHASHED = '-';

/** The context of the API, whose users are created without the time of a hash. */
export function unhashedContext(ctx: Context): Context {
  const passwords = { ...ctx.passwords, hash: async () => UNHASHED };
  return { ...ctx, passwords, users: createUsers({ ...ctx, passwords }) };
}
