import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/test-app.ts';
import { createFirstAdmin } from './first-admin.ts';

const seed = { ADMIN_EMAIL: 'Admin@example.com', ADMIN_PASSWORD: 'admin' };

async function withApp(env: Record<string, string>, use: (app: TestApp) => Promise<void>): Promise<void> {
  const app = await startTestApp(env);
  try {
    await use(app);
  } finally {
    await app.close();
  }
}

describe('the first administrator', () => {
  it.each(['development', 'alpha'])(
    'signs in with the seed credentials in %s and is told to change them',
    async (APP_ENV) => {
      await withApp({ ...seed, APP_ENV }, async (app) => {
        await createFirstAdmin(app.ctx);
        const { body } = await app
          .request()
          .post('/api/v1/auth/login')
          .send({ email: 'admin@example.com', password: 'admin' })
          .expect(200);
        expect(body.user).toMatchObject({ role: 'admin', must_change_password: true });
        const bearer = { Authorization: `Bearer ${body.access_token}` };
        await app.request().get('/api/v1/users').set(bearer).expect(200);
        const change = { current_password: 'admin', new_password: 'a much better one' };
        await app.request().put('/api/v1/users/me/password').set(bearer).send(change).expect(204);
        const me = await app.request().get('/api/v1/users/me').set(bearer).expect(200);
        expect(me.body.must_change_password).toBe(false);
      });
    },
  );

  it('needs a real password elsewhere', async () => {
    await withApp(seed, async (app) => {
      await expect(createFirstAdmin(app.ctx)).rejects.toThrow('ADMIN_PASSWORD');
    });
  });

  it('is created once, also by two servers at the same moment, and never beside other users', async () => {
    await withApp({ ...seed, APP_ENV: 'development' }, async (app) => {
      await Promise.all([createFirstAdmin(app.ctx), createFirstAdmin(app.ctx)]);
      await createFirstAdmin({
        ...app.ctx,
        config: { ...app.ctx.config, ADMIN_EMAIL: 'second@example.com' },
      });
      expect(await app.ctx.db.knex('users').pluck('email')).toEqual(['admin@example.com']);
      expect(await app.ctx.db.knex('audit_logs').pluck('action')).toEqual(['user.created']);
    });
  });
});
