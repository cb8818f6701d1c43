import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { PASSWORD, signIn as restSignIn } from '../harness/client.ts';
import type { User } from '../harness/types.ts';
import { expect, logIn, test } from './fixtures.ts';

const userRow = (page: Page, email: string) => page.getByRole('row').filter({ hasText: email });

test.describe('an account', () => {
  // The newcomer's page learns by a 401 that its session is over.
  test.use({ tolerated: /\b401\b/ });

  test('an administrator makes a user, changes the role, deactivates and deletes; each acts at once', async ({
    signIn,
    visitor,
    tripod,
  }) => {
    const email = 'newcomer@example.com';
    const page = await signIn('admin');
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByRole('button', { name: 'New user' }).click();
    const create = page.getByRole('dialog', { name: 'New user' });
    await create.getByLabel('E-mail').fill(email);
    await create.getByLabel('Name').fill('New Comer');
    await create.getByLabel('Role').selectOption('viewer');
    await create.getByLabel('Password').fill(PASSWORD);
    await create.getByRole('button', { name: 'Create user' }).click();
    await expect(create).toBeHidden();
    await expect(userRow(page, email)).toContainText(/viewer/i);

    await visitor.goto('/login');
    await logIn(visitor, email, PASSWORD);
    await expect(visitor.getByText('Change the default password')).toBeVisible();
    await expect(visitor.getByRole('link', { name: 'Users' })).toHaveCount(0);

    await page.getByRole('button', { name: `Edit ${email}` }).click();
    const edit = page.getByRole('dialog', { name: 'Edit user' });
    await edit.getByLabel('Role').selectOption('maintainer');
    await edit.getByRole('button', { name: 'Save user' }).click();
    await expect(edit).toBeHidden();
    await expect(userRow(page, email)).toContainText(/maintainer/i);
    const session = await restSignIn(tripod.apiUrl, email);
    await session.get('/auth/me');

    await page.getByRole('button', { name: `Deactivate ${email}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Deactivate', exact: true }).click();
    await expect(userRow(page, email)).toContainText('Deactivated');
    expect((await session.send('GET', '/auth/me')).status).toBe(401);

    await page.getByRole('button', { name: `Delete ${email}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await expect(userRow(page, email)).toHaveCount(0);
  });
});

test('one cannot lock oneself out', async ({ signIn, tripod }) => {
  const page = await signIn('admin');
  await page.goto('/users');
  const { email } = tripod.credentials.admin;
  await expect(userRow(page, email)).toContainText('you');
  for (const action of ['Deactivate', 'Delete'])
    await expect(page.getByRole('button', { name: `${action} ${email}` })).toBeDisabled();
});

test('what the list finds is exported, and nothing else', async ({ signIn, tripod }) => {
  const page = await signIn('admin');
  await page.goto('/users?role=viewer&sort=email');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^users-.+\.csv$/);
  const [heading, ...lines] = readFileSync(await file.path(), 'utf8')
    .trimEnd()
    .split('\r\n');
  expect(heading).toMatch(/^id,email,full_name,role,/);
  const emails = lines.map((line) => line.split(',')[1]);
  const { items } = await tripod.rest.get<{ items: User[] }>('/users?role=viewer&sort=email&limit=100');
  expect(emails).toEqual(items.map(({ email }) => email));
  expect(emails).toContain(tripod.credentials.viewer.email);
});

test.describe('refused', () => {
  test.use({ tolerated: /\b4(09|22|00|01|03)\b/ });

  test('a taken address and a common password are said at their field', async ({ signIn, tripod }) => {
    const page = await signIn('admin');
    await page.goto('/users');
    await page.getByRole('button', { name: 'New user' }).click();
    const dialog = page.getByRole('dialog', { name: 'New user' });
    await dialog.getByLabel('E-mail').fill(tripod.credentials.viewer.email);
    await dialog.getByLabel('Name').fill('Twice');
    await dialog.getByLabel('Password').fill('password123');
    await dialog.getByRole('button', { name: 'Create user' }).click();
    await expect(dialog.getByLabel('Password')).toHaveAttribute('aria-invalid', 'true');
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Create user' }).click();
    await expect(dialog).toContainText(/in use|taken|exists/i);
    await expect(dialog.getByLabel('Name')).toHaveValue('Twice');
  });

  test('one changes the own password; other sessions end, this one goes on', async ({ signIn, tripod }) => {
    const email = 'changer@example.com';
    await tripod.rest.createUser(email, 'viewer');
    const other = await restSignIn(tripod.apiUrl, email);
    const kept = tripod.credentials.viewer;
    tripod.credentials.viewer = { email, password: PASSWORD };
    const page = await signIn('viewer').finally(() => {
      tripod.credentials.viewer = kept;
    });
    await page.getByRole('link', { name: 'Profile', exact: true }).click();
    const change = async (current: string, next: string) => {
      await page.getByLabel('Current password').fill(current);
      await page.getByLabel('New password', { exact: true }).fill(next);
      await page.getByLabel('Repeat the new password').fill(next);
      await page.getByRole('button', { name: 'Change password' }).click();
    };
    await change('not the password', `${PASSWORD}-2`);
    await expect(page.getByLabel('Current password')).toHaveAttribute('aria-invalid', 'true');
    await change(PASSWORD, `${PASSWORD}-2`);
    await expect(page.getByText(/password is changed/i)).toBeVisible();
    expect((await other.send('GET', '/auth/me')).status).toBe(401);
    await expect(page.getByRole('alert')).toHaveCount(0);
    await page.reload();
    await expect(page.getByRole('button', { name: 'Logout' })).toBeVisible();
  });
});
