import type { AuditLogRow } from '../../src/audit/audit.repository.ts';
import type { People } from './people.ts';
import { createRandom, pickWeighted, stableId } from './random.ts';

const DAYS_MS = 400 * 86_400_000;

const ACTIONS = [
  ['auth.login', 620],
  ['auth.login_failed', 90],
  ['auth.logout', 150],
  ['user.updated', 70],
  ['user.created', 25],
  ['user.deleted', 3],
  ['rule.updated', 30],
  ['rule.created', 10],
  ['rule.deleted', 1],
  ['fastpath.captured', 1],
] as const;

const RESOURCES: Record<string, string> = {
  auth: 'session',
  user: 'user',
  rule: 'rule',
  fastpath: 'capture',
};

/** The entries of the audit log by number, the oldest first; a few people do most of it. */
export function createEntries(count: number, people: People, users: number, now: number, run: string) {
  return function entry(n: number): AuditLogRow {
    const random = createRandom(n * 0x9e3779b1 + 17);
    const at = Math.floor(now - DAYS_MS + (n / count) * DAYS_MS);
    const action = pickWeighted(random, ACTIONS);
    const kind = action.split('.')[0]!;
    // The cube of an even distribution: one in a hundred users has a fifth of all entries.
    const actor = Math.floor(random() ** 3 * users);
    const anonymous = users === 0 || random() < 0.02;
    const subject = kind === 'user' && users > 0 ? people.id(Math.floor(random() * users)) : null;
    return {
      id: stableId(`entry ${run} ${n}`, at),
      created_at: at,
      actor_id: anonymous ? null : people.id(actor),
      actor_email: anonymous ? null : people.email(actor),
      action,
      resource_type: RESOURCES[kind]!,
      resource_id: subject ?? stableId(`${kind} ${Math.floor(random() * 100_000)}`, now - DAYS_MS),
      changes: kind === 'user' ? '{"full_name":{"from":"Some Body","to":"Somebody Else"}}' : '{}',
      ip: `192.0.2.${Math.floor(random() * 254) + 1}`,
      request_id: `generated-${run}${n}`,
    };
  };
}
