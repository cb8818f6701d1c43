import type { Database } from '../db/database.ts';
import type { Action } from '../fastpath/gen/fastpath/v1/Action.ts';
import type { Protocol } from '../fastpath/gen/fastpath/v1/Protocol.ts';
import type { Rule as WireRule } from '../fastpath/gen/fastpath/v1/Rule.ts';
import type { RuleSource } from '../fastpath/rule-set.ts';
import { bucketDepth, type StoredRule } from './rule.ts';
import { loadRules } from './rules.repository.ts';
import { holdVersion, raiseRevision, readVersion } from './ruleset-state.repository.ts';

const ACTION = {
  allow: 'ACTION_ALLOW',
  drop: 'ACTION_DROP',
  rate_limit: 'ACTION_RATE_LIMIT',
} as const satisfies Record<StoredRule['action'], Action>;

const PROTOCOL = {
  any: 'PROTOCOL_ANY',
  tcp: 'PROTOCOL_TCP',
  udp: 'PROTOCOL_UDP',
  icmp: 'PROTOCOL_ICMP',
} as const satisfies Record<StoredRule['protocol'], Protocol>;

/** The rules of the database as the reconciler hands them to the fast paths. */
export function createRuleSource(db: Database): RuleSource {
  return {
    version: () => readVersion(db.knex),
    load: () =>
      db.transaction(async (trx) => {
        const version = await holdVersion(trx);
        return { version, rules: (await loadRules(trx)).map(toWire) };
      }),
    raiseAbove: (revision) => raiseRevision(db.knex, revision),
  };
}

function toWire(rule: StoredRule): WireRule {
  const limits = rule.action === 'rate_limit';
  return {
    id: rule.id,
    enabled: rule.enabled,
    priority: rule.priority,
    action: ACTION[rule.action],
    protocol: PROTOCOL[rule.protocol],
    src_cidr: rule.src_cidr ?? '',
    dst_cidr: rule.dst_cidr ?? '',
    src_ports: range(rule.src_port_min, rule.src_port_max),
    dst_ports: range(rule.dst_port_min, rule.dst_port_max),
    ...(limits && { rate_pps: rule.rate_pps ?? 0, burst: bucketDepth(rule) }),
  };
}

function range(min: number | null, max: number | null): WireRule['src_ports'] {
  return min === null ? null : { min, max: max ?? min };
}
