import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Database, Queryable } from '../db/database.ts';
import type { Action } from '../fastpath/gen/fastpath/v1/Action.ts';
import type { Protocol } from '../fastpath/gen/fastpath/v1/Protocol.ts';
import type { Rule as WireRule } from '../fastpath/gen/fastpath/v1/Rule.ts';
import {
  type LoadedRules,
  type RuleLoad,
  type RuleSetVersion,
  type RuleSource,
  sameVersion,
} from '../fastpath/rule-set.ts';
import { bucketDepth, type StoredRule } from './rule.ts';
import { type EnforcedRule, loadRuleBatch } from './rule-batches.repository.ts';
import { raiseRevision, readVersion } from './ruleset-state.repository.ts';

/** Rules of one query and one slice of the event loop: a few milliseconds, also on SQLite, which reads in the loop. */
export const RULES_PER_BATCH = 500;
/** How often a load that reads without a snapshot looks whether it is still worth its while. */
const BATCHES_PER_LOOK = 20;
const TRIES_WITHOUT_SNAPSHOT = 3;

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

/**
 * The rules of the database as the reconciler hands them to the fast paths. They are read batch by batch, with a turn
 * of the event loop after each, so that requests are answered meanwhile however many rules there are.
 *
 * Batches belong together when the version was the same before the first and after the last one: every change counts
 * it up in its own transaction. Where rules change faster than they can be read, one transaction reads a snapshot.
 * That is not the first choice, because SQLite has a single connection, which everybody else then has to wait for.
 */
export function createRuleSource(
  db: Database,
  nextTurn: () => Promise<unknown> = () => turnOfTheLoop(),
): RuleSource {
  async function readRules<Part>(
    from: Queryable,
    { encode, signal }: RuleLoad<Part>,
    stillCurrent: () => Promise<boolean>,
  ): Promise<Omit<LoadedRules<Part>, 'version'> | null> {
    const parts: Part[] = [];
    let count = 0;
    let lastId = '';
    for (let batches = 1; ; batches += 1) {
      const rules = await loadRuleBatch(from, lastId, RULES_PER_BATCH);
      if (rules.length > 0) parts.push(encode(rules.map(toWire)));
      count += rules.length;
      if (rules.length < RULES_PER_BATCH) return { count, parts };
      lastId = rules.at(-1)!.id;
      await nextTurn();
      signal.throwIfAborted();
      if (batches % BATCHES_PER_LOOK === 0 && !(await stillCurrent())) return null;
    }
  }

  async function readWithoutSnapshot<Part>(load: RuleLoad<Part>): Promise<LoadedRules<Part> | null> {
    const version = await readVersion(db.knex);
    const stillCurrent = async () => sameVersion(version, await readVersion(db.knex));
    const rules = await readRules(db.knex, load, stillCurrent);
    return rules && (await stillCurrent()) ? { version, ...rules } : null;
  }

  // Readers of a snapshot hold up no writer, except on SQLite, which knows no other transactions than such that lock.
  async function readSnapshot<Part>(load: RuleLoad<Part>): Promise<LoadedRules<Part>> {
    return db.knex.transaction(
      async (trx) => {
        const version: RuleSetVersion = await readVersion(trx);
        const rules = await readRules(trx, load, async () => true);
        return { version, ...rules! };
      },
      { isolationLevel: 'repeatable read' },
    );
  }

  return {
    version: () => readVersion(db.knex),
    async load(load) {
      for (let tries = 0; tries < TRIES_WITHOUT_SNAPSHOT; tries += 1) {
        const rules = await readWithoutSnapshot(load);
        if (rules) return rules;
      }
      return readSnapshot(load);
    },
    raiseAbove: (revision) => raiseRevision(db.knex, revision),
  };
}

function toWire(rule: EnforcedRule): WireRule {
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
