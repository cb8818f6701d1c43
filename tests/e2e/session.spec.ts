import { patient } from '../../scripts/processes/patience.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import { PASSWORD } from '../harness/client.ts';
import { ask } from '../harness/http.ts';
import { decode } from '../harness/jwt.ts';
import { expect, logIn, test } from './fixtures.ts';

test.describe('with access tokens that live 10 seconds', () => {
  test.beforeAll(({ tripod }) => tripod.api.restart({ ACCESS_TOKEN_TTL_S: '10' }));
  test.afterAll(({ tripod }) => tripod.api.restart());

  // The server's refusal of the old token may be seen by the page: it must not be seen by the person.
  test.use({ tolerated: /\b401\b/ });

  test('an expired token is refreshed unseen, also by several calls at once', async ({ signIn, tripod }) => {
    const used = new Set<string>();
    const page = await signIn('admin');
    page.on('request', (request) => {
      const token = request.headers().authorization?.replace('Bearer ', '');
      if (token) used.add(token);
    });
    await page.goto('/rules');
    const first = await waitUntil('a call with a token', () => [...used][0]);
    const { exp } = decode(first).claims;
    const refused = async () =>
      (await ask(`${tripod.apiUrl}/api/v1/auth/me`, 'GET', { token: first })).status === 401;
    await waitUntil('the first token has expired', refused, { deadlineMs: patient(20_000), intervalMs: 200 });
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(Number(exp));
    const refreshes: number[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/auth/refresh')) refreshes.push(response.status());
    });
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Users' }).click();
    await expect(page.getByRole('row').filter({ hasText: tripod.credentials.viewer.email })).toBeVisible();
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Overview' }).click();
    await expect(page.getByRole('button', { name: 'Logout' })).toBeVisible();
    await expect(page.getByRole('alert')).toHaveCount(0);
    expect(used.size).toBeGreaterThan(1);
    expect(refreshes.filter((status) => status !== 200)).toEqual([]);
  });
});

test.describe('several tabs', () => {
  test.use({ tolerated: /\b401\b/ });

  test('share one session: both reload at once and stay signed in, sign-out in one ends the other', async ({
    signIn,
  }) => {
    const page = await signIn('viewer');
    const second = await page.context().newPage();
    await second.goto('/rules');
    await expect(second.getByRole('button', { name: 'Logout' })).toBeVisible();
    for (let round = 0; round < 3; round++) {
      await Promise.all([page.reload(), second.reload()]);
      for (const tab of [page, second])
        await expect(tab.getByRole('button', { name: 'Logout' })).toBeVisible();
    }
    await second.getByRole('button', { name: 'Logout' }).click();
    for (const tab of [page, second])
      await expect(tab.getByRole('button', { name: 'Sign in' })).toBeVisible();
  });

  test('a session that an administrator ends leads back to the form', async ({ visitor, tripod }) => {
    const user = await tripod.rest.createUser('leaver@example.com', 'viewer');
    await visitor.goto('/rules');
    await logIn(visitor, user.email, PASSWORD);
    await expect(visitor.getByRole('heading', { level: 1, name: 'Rules' })).toBeVisible();
    const ended = await tripod.rest.send('PATCH', `/users/${user.id}`, { body: { is_active: false } });
    expect(ended.status).toBe(200);
    await expect(visitor.getByRole('button', { name: 'Sign in' })).toBeVisible({ timeout: patient(20_000) });
  });
});
