import createKnex, { type Knex } from 'knex';
import type { Entry } from './fault-ledger.ts';

/** A way into the database that goes round the API and every proxy, on one connection. */
export interface Store {
  readonly type: 'postgres' | 'mysql' | 'mariadb' | 'sqlite';
  readonly knex: Knex;
  close(): Promise<void>;
}

/** postgres://…, mysql://…, mariadb://…, or sqlite: and the file. */
export function openStore(url: string): Store {
  const type = url.slice(0, url.indexOf(':')) as Store['type'];
  const pool = { min: 0, max: 1 };
  // Connections that die with their server are what the tests are about.
  const quiet = () => {};
  const log = { warn: quiet, error: quiet, deprecate: quiet, debug: quiet };
  const knex =
    type === 'sqlite'
      ? createKnex({
          client: 'better-sqlite3',
          connection: { filename: url.slice('sqlite:'.length) },
          useNullAsDefault: true,
          pool,
          log,
        })
      : createKnex({
          client: type === 'postgres' ? 'pg' : 'mysql2',
          connection: url.replace(/^mariadb:/, 'mysql:'),
          pool,
          log,
        });
  return { type, knex, close: () => knex.destroy() };
}

interface Row {
  id: string;
  key: string;
  state: string;
  /** Of a rule: grows with each change. Users have none. */
  version: number | null;
}

interface AuditRow {
  action: string;
  resource_id: string;
}

/** Everything in which the database differs from what was acknowledged, and every change that is half there. */
export async function faultsOf(store: Store, entries: Entry[], label: string): Promise<string[]> {
  const { knex } = store;
  const users: Row[] = (await knex('users').select('id', 'email', 'full_name')).map(
    ({ id, email, full_name }) => ({ id, key: email, state: full_name, version: null }),
  );
  const rules: Row[] = (await knex('rules').select('id', 'description', 'name', 'version')).map(
    ({ id, description, name, version }) => ({
      id,
      key: description.split(' ')[0],
      state: name,
      version,
    }),
  );
  return [
    ...againstLedger([...users, ...rules], entries, label),
    ...(await halfUsers(knex, users)),
    ...(await halfHistories(knex, [...users, ...rules])),
    ...(await halfRevisions(knex, rules.length)),
  ];
}

function againstLedger(rows: Row[], entries: Entry[], label: string): string[] {
  const faults: string[] = [];
  const ours = Map.groupBy(
    rows.filter(({ key }) => key.startsWith(`${label}-`)),
    ({ key }) => key,
  );
  for (const { kind, key, acknowledged, uncertain } of entries) {
    const found = ours.get(key) ?? [];
    ours.delete(key);
    if (found.length > 1) faults.push(`${kind} ${key} is there ${found.length} times`);
    const possible = uncertain === undefined ? [acknowledged] : [acknowledged, uncertain];
    const state = found[0]?.state ?? null;
    if (!possible.includes(state))
      faults.push(`${kind} ${key} is ${state}, and must be ${possible.join(' or ')}`);
  }
  for (const key of ours.keys()) faults.push(`${key} is there, and nobody made it`);
  return faults;
}

/** A user is found by what he is called now, and by nothing that he was called before. */
async function halfUsers(knex: Knex, users: Row[]): Promise<string[]> {
  const terms = await knex('user_search_terms').select('user_id', 'term');
  const byUser = Map.groupBy(terms, ({ user_id }) => user_id);
  const half = users.filter(({ id, key, state }) => {
    const own = new Set((byUser.get(id) ?? []).map(({ term }) => term));
    byUser.delete(id);
    const former = state === 'second' && own.has('first');
    return !own.has(key) || !own.has(state.toLowerCase()) || former;
  });
  return [
    ...half.map(({ key }) => `user ${key} has not the search terms of its name`),
    ...[...byUser.keys()].map((id) => `search terms without their user: ${id}`),
  ];
}

/** What exists was created once and not deleted; what was created and does not exist was deleted once. */
async function halfHistories(knex: Knex, rows: Row[]): Promise<string[]> {
  const entries: AuditRow[] = await knex('audit_logs')
    .select('action', 'resource_id')
    .whereIn('resource_type', ['user', 'rule'])
    .whereNotNull('resource_id');
  const history = Map.groupBy(entries, ({ resource_id }) => resource_id);
  const existing = new Map(rows.map((row) => [row.id, row]));
  const faults: string[] = [];
  for (const id of new Set([...history.keys(), ...existing.keys()])) {
    const row = existing.get(id);
    const count = (what: string) =>
      (history.get(id) ?? []).filter(({ action }) => action.endsWith(`.${what}`)).length;
    const expected = { created: 1, deleted: row ? 0 : 1 };
    const told = { created: count('created'), deleted: count('deleted') };
    if (told.created !== expected.created || told.deleted !== expected.deleted)
      faults.push(
        `${row?.key ?? id} has ${told.created} entries of its creation, ${told.deleted} of its end`,
      );
    const changes = row && changesOf(row);
    if (changes !== undefined && count('updated') !== changes)
      faults.push(`${row!.key} is ${row!.state} (version ${row!.version}) after ${count('updated')} entries`);
  }
  return faults;
}

/** How often it must have been changed; undefined for users that are none of a ledger's. */
function changesOf({ state, version }: Row): number | undefined {
  return version === null ? { first: 0, second: 1 }[state] : version - 1;
}

/** The revision grows with every change of a rule, in the transaction of the change. It begins with 1. */
async function halfRevisions(knex: Knex, rules: number): Promise<string[]> {
  const [state] = await knex('ruleset_state').select('revision', 'rule_count');
  const [changes] = await knex('audit_logs').where({ resource_type: 'rule' }).count({ count: '*' });
  const expected = `revision ${Number(changes!.count) + 1}, ${rules} rules`;
  const found = `revision ${Number(state!.revision)}, ${state!.rule_count} rules`;
  return found === expected ? [] : [`the rule set says ${found}; by its entries and rows it has ${expected}`];
}
