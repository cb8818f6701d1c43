import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import {
  countLiveSessions,
  findLiveSession,
  insertSession,
  knowsAddress,
  type SessionRow,
} from '../auth/sessions.repository.ts';
import { findUser, insertUser } from '../users/users.repository.ts';
import { onEachDatabase, type Subject } from './each-database.ts';
import { ACTOR, newUser, userRow } from './samples.ts';

const NOW = 1_795_308_886_123;

async function someSession(subject: Subject, given: Partial<SessionRow> = {}): Promise<SessionRow> {
  const user = userRow();
  const session: SessionRow = {
    id: uuidv7(),
    user_id: user.id,
    created_at: NOW,
    last_used_at: NOW,
    expires_at: NOW + 1000,
    ends_at: NOW + 5000,
    revoked_at: null,
    revoked_reason: null,
    ip: '2001:db8::7',
    user_agent: 'Firefox — ünïcode 🦊',
    ...given,
  };
  await subject.db.transaction(async (trx) => {
    await insertUser(trx, user);
    await insertSession(trx, session);
  });
  return session;
}

onEachDatabase('sessions', (subject) => {
  it('live to the millisecond in which they expire', async () => {
    const { id, user_id, expires_at } = await someSession(subject);
    const find = (now: number) => findLiveSession(subject.db.knex, id, now);
    expect(await find(expires_at - 1)).toMatchObject({ session_id: id, user_id, role: 'viewer' });
    expect(await find(expires_at)).toBeUndefined();
  });

  it('are counted as long as they live', async () => {
    const count = () => countLiveSessions(subject.db.knex, NOW);
    const before = await count();
    await someSession(subject);
    await someSession(subject, { expires_at: NOW });
    await someSession(subject, { revoked_at: NOW, revoked_reason: 'logout' });
    expect(await count()).toBe(before + 1);
  });

  it('are not found when they are revoked, nor by another id or another case of it', async () => {
    const revoked = await someSession(subject, { revoked_at: NOW, revoked_reason: 'logout' });
    const live = await someSession(subject);
    for (const id of [revoked.id, uuidv7(), live.id.toUpperCase(), `${live.id} `.slice(1), ''])
      expect(await findLiveSession(subject.db.knex, id, NOW)).toBeUndefined();
  });

  it('know the addresses they were begun from, exactly', async () => {
    const { user_id, ip, expires_at } = await someSession(subject);
    const knows = (address: string, now = NOW) => knowsAddress(subject.db.knex, user_id, address, now);
    expect([await knows(ip), await knows('2001:db8::8'), await knows(ip, expires_at)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('keep the text of the client', async () => {
    const { id, user_agent } = await someSession(subject);
    expect(await subject.db.knex('sessions').where({ id }).pluck('user_agent')).toEqual([user_agent]);
  });

  it('are swept a week after their end, with their tokens, and no others', async () => {
    const { sessions } = subject.ctx;
    const day = 86_400_000;
    const [old, recent] = [8, 6].map((days) => ({ expires_at: Date.now() - days * day }));
    const gone = await someSession(subject, old);
    const kept = await someSession(subject, recent);
    for (const { id } of [gone, kept]) {
      const token = { token_hash: id, session_id: id, parent_hash: null, created_at: NOW, rotated_at: null };
      await subject.db.knex('refresh_tokens').insert(token);
    }
    await sessions.sweep();
    const left = subject.db.knex('refresh_tokens').whereIn('session_id', [gone.id, kept.id]);
    expect(await left.pluck('session_id')).toEqual([kept.id]);
  });

  describe('a login', () => {
    const someone = async () => {
      const user = newUser({});
      await subject.ctx.users.create(ACTOR, user);
      return subject.app.login(user.email, user.password);
    };
    const refresh = (token: string) => subject.ctx.auth.refresh(ACTOR, token);
    const alive = (accessToken: string) =>
      subject.ctx.auth.authenticate(accessToken).then(
        () => true,
        ({ code }) => code,
      );

    it('notes its time, authenticates, and ends with the logout', async () => {
      const { id, accessToken } = await someone();
      const { last_login_at } = (await findUser(subject.db.knex, id))!;
      expect(Math.abs(Date.now() - last_login_at!)).toBeLessThan(10_000);
      const caller = await subject.ctx.auth.authenticate(accessToken);
      expect(caller).toMatchObject({ userId: id, role: 'viewer' });
      await subject.ctx.auth.logout(ACTOR, caller);
      expect(await alive(accessToken)).toBe('session_ended');
    });

    it.each([{ is_active: false }, { role: 'maintainer' as const }, { password: 'another good password' }])(
      'ends when an administrator sets %j',
      async (change) => {
        const { id, accessToken } = await someone();
        await subject.ctx.users.update(ACTOR, id, change);
        expect(await alive(accessToken)).toBe('session_ended');
      },
    );

    it('refreshes once with each token; ten at the same moment all go on, and one of them for good', async () => {
      const { accessToken, refreshToken } = await someone();
      const successors = await Promise.all(Array.from({ length: 10 }, () => refresh(refreshToken)));
      expect(new Set(successors.map((grant) => grant.refreshToken)).size).toBe(10);
      const [chosen, stolen] = successors.map((grant) => grant.refreshToken);
      await refresh(chosen!);
      expect(await alive(accessToken)).toBe(true);
      await expect(refresh(stolen!)).rejects.toMatchObject({ code: 'invalid_refresh_token' });
      expect(await alive(accessToken)).toBe('session_ended');
    });

    it('ends for both when a spent token comes back: the end is kept though the answer is an error', async () => {
      const { id, accessToken, refreshToken } = await someone();
      const { refreshToken: second } = await refresh(refreshToken);
      await refresh(second);
      await expect(refresh(refreshToken)).rejects.toMatchObject({ code: 'invalid_refresh_token' });
      expect(await alive(accessToken)).toBe('session_ended');
      const reasons = await subject.db.knex('sessions').where({ user_id: id }).pluck('revoked_reason');
      expect(reasons).toEqual(['reuse']);
    });
  });
});
