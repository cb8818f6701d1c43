import { v7 as uuidv7 } from 'uuid';
import { signAccessToken } from '../auth/tokens.ts';
import type { Context } from '../context.ts';
import type { RoleName } from '../permissions.ts';
import { insertUser } from '../users/users.repository.ts';

/** A user with a live session straight in the database, without the cost of a password. */
export async function mintBearer(ctx: Context, role: RoleName): Promise<{ Authorization: string }> {
  const id = uuidv7();
  const now = Date.now();
  const user = {
    id,
    email: `${id}@example.com`,
    full_name: 'Minted',
    role,
    is_active: true,
    must_change_password: false,
    password_hash: '-',
    created_at: now,
    updated_at: now,
    last_login_at: null,
  };
  const { sessionId } = await ctx.db.transaction(async (trx) => {
    await insertUser(trx, user);
    return ctx.sessions.begin(trx, id, { ip: '127.0.0.1', userAgent: 'test' });
  });
  return { Authorization: `Bearer ${signAccessToken(ctx.config, { userId: id, sessionId, role }).token}` };
}
