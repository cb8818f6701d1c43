import { expect, logIn, test } from './fixtures.ts';

test('signing in leads to the overview, signing out back to the form, and the way back stays closed', async ({
  signIn,
}) => {
  const page = await signIn('viewer');
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  await page.getByRole('link', { name: 'Rules', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Rules' })).toBeVisible();
  await page.getByRole('button', { name: 'Logout' }).click();
  await page.waitForURL(/\/login/);
  await page.goBack();
  await expect(page.getByRole('button', { name: /sign in/i })).toBeVisible();
  await page.goto('/rules');
  await expect(page.getByRole('button', { name: /sign in/i })).toBeVisible();
});

test('the form is shown without an error in the console, and prefills no credentials', async ({
  visitor,
}) => {
  await visitor.goto('/');
  await visitor.waitForURL(/\/login/);
  await expect(visitor.getByLabel(/e-?mail/i)).toHaveValue('');
  await expect(visitor.getByLabel('Password', { exact: true })).toHaveValue('');
  await expect(visitor.locator('body')).not.toContainText('admin@example.com');
});

test('a link that was opened signed out is where signing in leads', async ({ visitor, tripod }) => {
  await visitor.goto('/rules');
  const { email, password } = tripod.credentials.viewer;
  await logIn(visitor, email, password);
  await visitor.waitForURL(/\/rules$/);
});

test('no link can send a person to another site after signing in', async ({ visitor, tripod }) => {
  for (const target of [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    'javascript:alert(1)',
  ]) {
    const key = encodeURIComponent(target);
    await visitor.goto(`/login?from=${key}&next=${key}&return=${key}&returnTo=${key}&redirect=${key}`);
    const { email, password } = tripod.credentials.viewer;
    await logIn(visitor, email, password);
    await expect(visitor.getByRole('button', { name: 'Logout' })).toBeVisible();
    expect(new URL(visitor.url()).origin).toBe(tripod.webuiUrl);
    await visitor.getByRole('button', { name: 'Logout' }).click();
    await visitor.waitForURL(/\/login/);
  }
});

test.describe('refused', () => {
  test.use({ tolerated: /\b401\b/ });

  test('a wrong password is said plainly, the same for a user who does not exist', async ({
    visitor,
    tripod,
  }) => {
    await visitor.goto('/login');
    await logIn(visitor, tripod.credentials.viewer.email, 'wrong password');
    const message = visitor.getByRole('alert');
    await expect(message).toContainText(/wrong|incorrect|invalid/i);
    const text = await message.textContent();
    await logIn(visitor, 'nobody@example.com', 'wrong password');
    await expect(message).toHaveText(text!);
    await expect(visitor.getByLabel(/e-?mail/i)).toHaveValue('nobody@example.com');
    await logIn(visitor, tripod.credentials.viewer.email, tripod.credentials.viewer.password);
    await expect(visitor.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible();
  });

  test('tokens are nowhere in the storage of the browser', async ({ signIn }) => {
    const page = await signIn('admin');
    const stored = await page.evaluate(
      () => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie,
    );
    expect(stored).not.toMatch(/eyJ|[A-Za-z0-9_-]{40,}/);
    const cookies = await page.context().cookies();
    expect(cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([[true, 'Strict']]);
  });
});
