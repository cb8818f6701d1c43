import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, TEST_PASSWORD, type TestApp } from '../testing/test-app.ts';
import { hashToken } from './tokens.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const refresh = (refresh_token: string) => app.request().post('/api/v1/auth/refresh').send({ refresh_token });
const me = (accessToken: string) =>
  app.request().get('/api/v1/auth/me').set('Authorization', `Bearer ${accessToken}`);

/** Moves the moment at which a token was spent out of the grace time. */
const age = (token: string) =>
  app.ctx.db
    .knex('refresh_tokens')
    .where({ token_hash: hashToken(token) })
    .decrement('rotated_at', 11_000);

describe('refresh', () => {
  it('answers new tokens that work, again and again', async () => {
    let { refreshToken } = await app.person('viewer');
    for (let round = 0; round < 3; round++) {
      const { body } = await refresh(refreshToken).expect(200);
      expect(body.refresh_token).not.toBe(refreshToken);
      await me(body.access_token).expect(200);
      refreshToken = body.refresh_token;
    }
  });

  it('stores no token in the clear', async () => {
    const { refreshToken } = await app.person('viewer');
    const stored = JSON.stringify(await app.ctx.db.knex('refresh_tokens').select('*'));
    expect(stored).toContain(hashToken(refreshToken));
    expect(stored).not.toContain(refreshToken);
  });

  it('ends the session when a spent token comes again later, and tells the audit log', async () => {
    const { refreshToken } = await app.person('viewer');
    const { body } = await refresh(refreshToken).expect(200);
    await age(refreshToken);
    expect((await refresh(refreshToken).expect(401)).body.code).toBe('invalid_refresh_token');
    await refresh(body.refresh_token).expect(401);
    expect((await me(body.access_token).expect(401)).body.code).toBe('session_ended');
    const events = await app.ctx.db.knex('audit_logs').where({ action: 'auth.refresh_token_reused' });
    expect(events).toHaveLength(1);
  });

  it('ends the session when a spent token comes again after its successor was used', async () => {
    const { refreshToken } = await app.person('viewer');
    const first = await refresh(refreshToken).expect(200);
    const second = await refresh(first.body.refresh_token).expect(200);
    await refresh(refreshToken).expect(401);
    await me(second.body.access_token).expect(401);
  });

  it('serves two tabs that refresh at the same moment', async () => {
    const { refreshToken } = await app.person('viewer');
    const both = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const tokens = both.map(({ body }) => body.refresh_token);
    expect(tokens[0]).not.toBe(tokens[1]);
    // The cookie of the tabs holds the one that came last.
    await refresh(tokens[1]).expect(200);
  });

  it('lets nobody fork a session with a stolen token, not even at once', async () => {
    const { id, email, refreshToken } = await app.person('viewer');
    const [mine, stolen] = [await refresh(refreshToken).expect(200), await refresh(refreshToken).expect(200)];
    await refresh(mine.body.refresh_token).expect(200);
    await refresh(stolen.body.refresh_token).expect(401);
    expect((await me(mine.body.access_token).expect(401)).body.code).toBe('session_ended');
    const { sid } = JSON.parse(atob(mine.body.access_token.split('.')[1]));
    const events = await app.ctx.db
      .knex('audit_logs')
      .where({ action: 'auth.refresh_token_reused', resource_id: sid });
    expect(events).toHaveLength(1);
    expect(JSON.parse(events[0].changes)).toEqual({ user_id: { to: id }, email: { to: email } });
  });

  it('forgives a lost reply again and again', async () => {
    const { refreshToken } = await app.person('viewer');
    await refresh(refreshToken).expect(200);
    const { body } = await refresh(refreshToken).expect(200);
    await refresh(body.refresh_token).expect(200);
    const again = await refresh(body.refresh_token).expect(200);
    await refresh(again.body.refresh_token).expect(200);
  });

  it('refuses what it has not issued', async () => {
    await refresh('made up').expect(401);
    expect((await app.request().post('/api/v1/auth/refresh').expect(401)).body.code).toBe(
      'invalid_refresh_token',
    );
    await app.request().post('/api/v1/auth/refresh').send({ refresh_token: 5 }).expect(422);
  });

  it('does not outlive the session however often it is used', async () => {
    const { id, refreshToken } = await app.person('viewer');
    const ends_at = Date.now() + 5000;
    await app.ctx.db.knex('sessions').where({ user_id: id }).update({ ends_at });
    await refresh(refreshToken).expect(200);
    expect((await app.ctx.db.knex('sessions').where({ user_id: id }).first()).expires_at).toBe(ends_at);
  });
});

describe('the refresh cookie', () => {
  async function signIn() {
    const { email } = await app.person('viewer');
    const { headers } = await app
      .request()
      .post('/api/v1/auth/login')
      .send({ email, password: TEST_PASSWORD });
    return headers['set-cookie']![0]!.split(';')[0]!;
  }

  it('refreshes together with the header of our page', async () => {
    const cookie = await signIn();
    const { body, headers } = await app
      .request()
      .post('/api/v1/auth/refresh')
      .set('Cookie', cookie)
      .set('X-Requested-With', 'tripod-webui')
      .expect(200);
    expect(body).not.toHaveProperty('refresh_token');
    expect(headers['set-cookie']?.[0]).not.toContain(cookie);
  });

  it('does nothing without it', async () => {
    const { body } = await app
      .request()
      .post('/api/v1/auth/refresh')
      .set('Cookie', await signIn())
      .expect(403);
    expect(body.code).toBe('csrf_header_missing');
  });

  it('is taken away by logout', async () => {
    const { bearer } = await app.person('viewer');
    const { headers } = await app.request().post('/api/v1/auth/logout').set(bearer).expect(204);
    expect(headers['set-cookie']?.[0]).toMatch(
      /^tripod_refresh=; Path=\/api\/v1\/auth; Expires=Thu, 01 Jan 1970/,
    );
  });
});
