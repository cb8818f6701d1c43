import { setTimeout as sleep } from 'node:timers/promises';
import { patient } from '../../scripts/processes/patience.ts';
import type { Client } from './client.ts';
import { type FaultRecord, isUnknownOutcome, newFaultRecord, note } from './fault-record.ts';
import type { Reply } from './http.ts';
import type { Page, Problem, Rule, User } from './types.ts';

/** The value of one field of a row, or null when the row is not there. */
type State = string | null;

/** What must be true of one user or rule afterwards. */
export interface Entry {
  kind: 'user' | 'rule';
  /** Unique: the e-mail address of a user, the description of a rule. */
  key: string;
  /** The last acknowledged state. */
  acknowledged: State;
  /** Asked for, and answered with "it may or may not have happened". */
  uncertain?: State;
  id?: string;
  /** Acknowledged changes after its creation, and those that are uncertain. */
  changes: number;
}

/** Writes and reads through several API processes at once, and remembers what every answer promised. */
export interface Ledger extends FaultRecord {
  readonly entries: Entry[];
  /** Resolves once nothing is in flight any more. */
  stop(): Promise<void>;
}

export interface LedgerOptions {
  /** Begins every key, so that one database serves several ledgers. */
  label: string;
  /** Who reads, at each API process; the writer himself when left out. */
  readers?: Client[];
  writersEach?: number;
  readersEach?: number;
  /** The length of the descriptions of the rules, for filling a disk. */
  padding?: number;
}

/** So long a writer waits after a refusal: load, not a busy loop. */
const PACE_MS = 20;
/** Every request is answered, whatever the database does. */
const ANSWER_MS = patient(25_000);

export function startLedger(clients: Client[], options: LedgerOptions): Ledger {
  const { label, readers = clients, writersEach = 2, readersEach = 1, padding = 0 } = options;
  const entries: Entry[] = [];
  const record = newFaultRecord(clients.length);
  let going = true;

  /** Sends one write; 'done', 'refused' (it has not happened) or 'uncertain'. */
  async function write<T>(api: number, method: string, path: string, body?: object) {
    const headers = { 'if-match': '*' };
    const began = performance.now();
    const reply = await clients[api]!.send<T & Problem>(method, path, {
      headers,
      signal: AbortSignal.timeout(ANSWER_MS),
      ...(body && { body }),
    });
    note(record, { api, kind: 'write', what: `${method} ${path}`, tookMs: performance.now() - began }, reply);
    const outcome = reply.status < 300 ? 'done' : isUnknownOutcome(reply) ? 'uncertain' : 'refused';
    if (outcome !== 'done') await sleep(PACE_MS);
    return { outcome, reply: reply as Reply<T> } as const;
  }

  async function create(api: number, kind: Entry['kind'], key: string): Promise<Entry> {
    const entry: Entry = { kind, key, acknowledged: null, changes: 0 };
    entries.push(entry);
    const { path, body } = creation(kind, key, padding);
    const { outcome, reply } = await write<User | Rule>(api, 'POST', path, body);
    if (outcome === 'uncertain') entry.uncertain = 'first';
    if (outcome === 'done') Object.assign(entry, { acknowledged: 'first', id: reply.body.id });
    return entry;
  }

  /** Changes or (null) deletes what is there for certain. */
  async function change(api: number, entry: Entry, state: State): Promise<void> {
    if (entry.id === undefined || entry.acknowledged === null || entry.uncertain !== undefined) return;
    const path = `/${entry.kind}s/${entry.id}`;
    const field = entry.kind === 'user' ? 'full_name' : 'name';
    const { outcome } = await (state === null
      ? write(api, 'DELETE', path)
      : write(api, 'PATCH', path, { [field]: state }));
    if (outcome === 'uncertain') entry.uncertain = state;
    if (outcome === 'done') entry.acknowledged = state;
    if (outcome === 'done' && state !== null) entry.changes++;
  }

  async function writer(api: number, who: string): Promise<void> {
    // The other process is asked to change what this one made: neither may answer from a stale state of its own.
    const other = (api + 1) % clients.length;
    for (let n = 0; going; n++) {
      // A user costs a bcrypt hash, so most of the load is rules and changes.
      const kind = n % 5 === 0 ? 'user' : 'rule';
      const key = `${label}-${who}-${n}`.toLowerCase() + (kind === 'user' ? '@example.com' : '');
      const entry = await create(api, kind, key);
      if (n % 2 === 0) await change(other, entry, 'second');
      if (n % 3 === 0) await change(api, entry, null);
    }
  }

  async function reader(api: number): Promise<void> {
    while (going) {
      const path = '/users?limit=20';
      const began = performance.now();
      const reply = await readers[api]!.send<Page<User> & Problem>('GET', path, {
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      note(record, { api, kind: 'read', what: `GET ${path}`, tookMs: performance.now() - began }, reply);
      await sleep(PACE_MS);
    }
  }

  const running = clients.flatMap((_, api) => [
    ...Array.from({ length: writersEach }, (_, i) => writer(api, `${api}${'abcdefgh'[i]}`)),
    ...Array.from({ length: readersEach }, () => reader(api)),
  ]);
  // A connection to the API that breaks means that the API died: it is no refusal, and fails whoever stops the ledger.
  const ended = Promise.allSettled(running);
  return Object.assign(record, {
    entries,
    async stop() {
      going = false;
      const failed = (await ended).find((result) => result.status === 'rejected');
      if (failed)
        throw new Error(`an API process broke off a request, or did not answer: ${failed.reason}`, {
          cause: failed.reason,
        });
    },
  });
}

function creation(kind: Entry['kind'], key: string, padding: number) {
  if (kind === 'rule') {
    // The key begins the description, which nothing changes; the name is what changes.
    const description = key.padEnd(Math.min(padding, 1000), ' x');
    return { path: '/rules', body: { name: 'first', description, action: 'drop', src_cidr: '192.0.2.0/24' } };
  }
  const password = 'A-long-Enough-passw0rd';
  return { path: '/users', body: { email: key, full_name: 'first', role: 'viewer', password } };
}
