import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SessionStore } from './session-store.ts';

const LEASE_MS = 60_000;

/** What holds for every store of sessions: the model in which the protocol is tested, and Redis. */
export function describeSessionStore(name: string, connect: () => SessionStore): void {
  describe(`a session store: ${name}`, () => {
    const someone = () => ({ user: randomUUID(), session: randomUUID() });

    test('finds what was written under the stamp of its user', async () => {
      const store = connect();
      const { user, session } = someone();
      expect(await store.lookup(user, session)).toBeUndefined();
      const ticket = await store.begin(user, LEASE_MS);
      await store.fill(user, session, ticket, 'entry');
      expect(await store.lookup(user, session)).toEqual({ stamp: ticket.stamp, entry: 'entry' });
    });

    test('gives one stamp to all who begin, and another one after it was torn', async () => {
      const store = connect();
      const { user } = someone();
      const tickets = await Promise.all([store.begin(user, LEASE_MS), store.begin(user, LEASE_MS)]);
      expect(new Set(tickets.map(({ stamp }) => stamp)).size).toBe(1);
      await store.tear(user);
      expect((await store.begin(user, LEASE_MS)).stamp).not.toBe(tickets[0].stamp);
    });

    test('forgets all sessions of a user at once, and those of nobody else', async () => {
      const store = connect();
      const { user, session } = someone();
      const other = someone();
      const ticket = await store.begin(user, LEASE_MS);
      await store.fill(user, session, ticket, 'first');
      await store.fill(user, `${session}-2`, ticket, 'second');
      await store.fill(other.user, other.session, await store.begin(other.user, LEASE_MS), 'his');
      const found = await Promise.all([store.lookup(user, session), store.lookup(other.user, other.session)]);
      expect(found.map((one) => one?.entry)).toEqual(['first', 'his']);
      await store.tear(user);
      expect(await store.lookup(user, session)).toBeUndefined();
      expect(await store.lookup(user, `${session}-2`)).toBeUndefined();
      expect((await store.lookup(other.user, other.session))?.entry).toBe('his');
    });

    test('refuses what comes under a torn stamp, also when there is a new one', async () => {
      const store = connect();
      const { user, session } = someone();
      const ticket = await store.begin(user, LEASE_MS);
      await store.tear(user);
      await store.fill(user, session, ticket, 'late');
      await store.begin(user, LEASE_MS);
      await store.fill(user, session, ticket, 'late');
      expect(await store.lookup(user, session)).toBeUndefined();
    });

    test('refuses what comes after the deadline of its ticket', async () => {
      const store = connect();
      const { user, session } = someone();
      await store.fill(user, session, await store.begin(user, 0), 'late');
      expect(await store.lookup(user, session)).toBeUndefined();
    });

    test('does not read what was written in another life of the server', async () => {
      const store = connect();
      const { user, session } = someone();
      const ticket = await store.begin(user, LEASE_MS);
      await store.fill(user, session, { ...ticket, run: 'another' }, 'old');
      expect(await store.lookup(user, session)).toBeUndefined();
    });
  });
}
