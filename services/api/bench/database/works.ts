import { type Client, type Reply, requestText } from './load.ts';

/** What a client may use. */
export interface Means {
  readonly token: string;
  /** Unique among all clients of all rounds. */
  readonly name: string;
  readonly userIds: readonly string[];
  /** False: end, in good order. */
  running(): boolean;
}

export interface Work {
  readonly name: 'get' | 'list' | 'change';
  readonly title: string;
  /** Ours must do so much of what the bare driver does. */
  readonly atLeast: number;
  /** Entries that the audit log has more after each request. */
  readonly entries: 0 | 1;
  client(means: Means): Client;
}

export const WORKS: readonly Work[] = [
  { name: 'get', title: 'get one', atLeast: 0.9, entries: 0, client: getOne },
  { name: 'list', title: 'list 20', atLeast: 0.9, entries: 0, client: listTwenty },
  { name: 'change', title: 'create, update, delete', atLeast: 0.85, entries: 1, client: changeOne },
];

const PATH = '/api/v1/users';
const ID = /^\{"id":"([0-9a-f-]{36})"/;

function* getOne({ token, userIds, running }: Means): Client {
  while (running()) {
    const id = userIds[Math.floor(Math.random() * userIds.length)]!;
    const reply = yield requestText('GET', `${PATH}/${id}`, token);
    if (idOf(reply, 200) !== id) throw wrong(reply);
  }
}

function* listTwenty({ token, running }: Means): Client {
  const request = requestText('GET', `${PATH}?limit=20`, token);
  let first: string | undefined;
  while (running()) {
    const reply = yield request;
    first ??= reply.body;
    // Nobody changes a user meanwhile, so all are like the first, and that is looked at.
    if (reply.status !== 200 || reply.body.length !== first.length) throw wrong(reply);
  }
  const items: unknown[] = first === undefined ? [] : JSON.parse(first).items;
  if (items.length !== 20) throw new Error(`A list of ${items.length}: ${first}`);
}

/** A user from birth to death, so that the table stays as large as it is. */
function* changeOne({ token, name, running }: Means): Client {
  const password = 'only-for-the-benchmark-4711';
  for (let count = 0; running(); count++) {
    const email = `${name}.${count}@example.com`;
    const user = { email, full_name: 'Ada King Lovelace', role: 'viewer', password };
    const id = idOf(yield requestText('POST', PATH, token, user), 201);
    const changed = yield requestText('PATCH', `${PATH}/${id}`, token, { full_name: 'Ada Byron' });
    if (idOf(changed, 200) !== id || !changed.body.includes('"Ada Byron"')) throw wrong(changed);
    const gone = yield requestText('DELETE', `${PATH}/${id}`, token);
    if (gone.status !== 204) throw wrong(gone);
  }
}

function idOf(reply: Reply, status: number): string {
  const id = ID.exec(reply.body)?.[1];
  if (reply.status !== status || id === undefined) throw wrong(reply);
  return id;
}

function wrong({ status, body }: Reply): Error {
  return new Error(`Answered ${status}: ${body.slice(0, 500)}`);
}
