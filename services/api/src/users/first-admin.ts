import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { type Audit, SYSTEM_ACTOR } from '../audit/audit.ts';
import type { Passwords } from '../auth/passwords.ts';
import { type Config, ConfigError } from '../config.ts';
import type { Database } from '../db/database.ts';
import { isUniqueViolation } from '../db/errors.ts';
import { AppError } from '../errors.ts';
import { EmailAddress } from './email.ts';
import { anyUser, insertUser } from './users.repository.ts';

/**
 * Creates the administrator of ADMIN_EMAIL and ADMIN_PASSWORD when there is no user at all. Any number of servers may
 * start at once: the unique address lets one of them win. The password counts once and must be changed.
 */
export async function createFirstAdmin(deps: {
  config: Config;
  db: Database;
  audit: Audit;
  passwords: Passwords;
  log: Logger;
}): Promise<void> {
  const { config, db, audit, passwords, log } = deps;
  if (!config.ADMIN_EMAIL || !config.ADMIN_PASSWORD || (await anyUser(db.knex))) return;
  const email = EmailAddress.safeParse(config.ADMIN_EMAIL);
  if (!email.success) throw new ConfigError('ADMIN_EMAIL: is not an e-mail address');
  checkPassword(config, passwords);
  const now = Date.now();
  const admin = {
    id: uuidv7(),
    email: email.data,
    full_name: 'Administrator',
    role: 'admin' as const,
    is_active: true,
    must_change_password: true,
    password_hash: await passwords.hash(config.ADMIN_PASSWORD),
    created_at: now,
    updated_at: now,
    last_login_at: null,
  };
  try {
    await audit.change(SYSTEM_ACTOR, async (trx, record) => {
      if (await anyUser(trx)) return;
      await insertUser(trx, admin);
      await record({
        action: 'user.created',
        resourceType: 'user',
        resourceId: admin.id,
        changes: { email: { to: admin.email }, role: { to: 'admin' } },
      });
    });
    log.info(
      { email: admin.email },
      'the first administrator exists; change the password after the first login',
    );
  } catch (error) {
    // Another server was faster.
    if (!isUniqueViolation(error)) throw error;
  }
}

/** The seed credential `admin` is good enough for a laptop; elsewhere the ordinary rules hold. */
function checkPassword(config: Config, passwords: Passwords): void {
  const seedAllowed = config.APP_ENV === 'development' || config.APP_ENV === 'alpha';
  if (seedAllowed && config.ADMIN_PASSWORD === 'admin') return;
  try {
    passwords.check(config.ADMIN_PASSWORD!, 'ADMIN_PASSWORD');
  } catch (cause) {
    const reason = cause instanceof AppError ? cause.fields?.[0]?.message : undefined;
    throw new ConfigError(`ADMIN_PASSWORD: ${reason ?? 'is refused'}`, { cause });
  }
}
