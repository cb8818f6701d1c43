import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../audit/audit.ts';
import type { RuleFields } from '../rules/rule.ts';
import type { UserRow } from '../users/users.repository.ts';

/** Somebody who is no user of the database under test. */
export const ACTOR: Actor = {
  id: uuidv7(),
  email: 'conformance@example.com',
  ip: '2001:db8::1',
  requestId: 'conformance',
};

/** A word that no other test uses. */
export const unique = (): string => `w${randomUUID().slice(0, 13).replace('-', '')}`;

/** A user as a row: no password, so no time for its hash. */
export function userRow(given: Partial<UserRow> = {}): UserRow {
  const id = uuidv7();
  return {
    id,
    email: `${id}@example.com`,
    full_name: 'Somebody',
    role: 'viewer',
    is_active: true,
    must_change_password: false,
    password_hash: '-',
    created_at: 1_795_308_886_123,
    updated_at: 1_795_308_886_123,
    last_login_at: null,
    ...given,
  };
}

/** A user as the service takes it. */
export function newUser<Given extends object>(given: Given) {
  return {
    email: `${unique()}@example.com`,
    full_name: 'Somebody',
    role: 'viewer' as const,
    is_active: true,
    password: 'a rather good password',
    must_change_password: false,
    ...given,
  };
}

/** A rule as the service takes it: everything is allowed. */
export function ruleFields(given: Partial<RuleFields> = {}): RuleFields {
  return {
    name: 'A rule',
    description: '',
    enabled: true,
    priority: 1000,
    action: 'allow',
    protocol: 'any',
    src_cidr: null,
    dst_cidr: null,
    src_port_min: null,
    src_port_max: null,
    dst_port_min: null,
    dst_port_max: null,
    rate_pps: null,
    burst: null,
    ...given,
  };
}
