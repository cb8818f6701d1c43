import type { Role } from '../harness/types.ts';
import { expect, test } from './fixtures.ts';

const EXPECTED: Record<Role, { links: string[]; categories: string[]; writes: boolean }> = {
  admin: {
    links: ['Overview', 'Rules', 'Users'],
    categories: ['Monitoring', 'Protection', 'Administration'],
    writes: true,
  },
  maintainer: { links: ['Overview', 'Rules'], categories: ['Monitoring', 'Protection'], writes: true },
  viewer: { links: ['Overview', 'Rules'], categories: ['Monitoring', 'Protection'], writes: false },
};

test.beforeAll(async ({ tripod }) => {
  await tripod.rest.createRule({ name: 'seen by all roles', action: 'allow', src_cidr: '192.0.2.7/32' });
});

for (const [role, { links, categories, writes }] of Object.entries(EXPECTED) as [
  Role,
  (typeof EXPECTED)[Role],
][]) {
  test(`${role} sees exactly what the role may use`, async ({ signIn }) => {
    const page = await signIn(role);
    const main = page.getByRole('navigation', { name: 'Main' });
    await expect(main.getByRole('link')).toHaveText(links);
    await expect(main.getByRole('button')).toHaveText(categories);

    await main.getByRole('link', { name: 'Rules' }).click();
    await expect(page.getByRole('row').filter({ hasText: 'seen by all roles' })).toBeVisible();
    const writing = page.getByRole('main').getByRole('button', { name: /new rule|edit|delete/i });
    if (writes) await expect(writing.first()).toBeVisible();
    else await expect(writing).toHaveCount(0);
    await expect(page.getByRole('switch').first()).toBeEnabled({ enabled: writes });
  });
}

for (const role of ['maintainer', 'viewer'] as const) {
  test.describe(`${role} on a page that the role may not see`, () => {
    test.use({ tolerated: /\b403\b/ });

    test('is told so and stays signed in', async ({ signIn }) => {
      const page = await signIn(role);
      await page.goto('/users');
      await expect(page.getByRole('main')).toContainText(/not allowed|does not permit|no access/i);
      await expect(page.getByRole('main')).not.toContainText('admin@example.com');
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Rules' }).click();
      await expect(page.getByRole('row').filter({ hasText: 'seen by all roles' })).toBeVisible();
      await page.reload();
      await expect(page.getByRole('button', { name: 'Logout' })).toBeVisible();
    });
  });
}

test('an address that does not exist says so, in the frame of the product', async ({ signIn }) => {
  const page = await signIn('viewer');
  await page.goto('/users-x');
  await expect(page.getByRole('main')).toContainText(/not found|no such page|does not exist/i);
  await expect(page.getByRole('navigation', { name: 'Main' }).locator('[aria-current]')).toHaveCount(0);
});
