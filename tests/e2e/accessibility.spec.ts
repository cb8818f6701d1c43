import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Role } from '../harness/types.ts';
import { expect, test } from './fixtures.ts';

async function findings(page: Page): Promise<string[]> {
  // Colours are judged when they have arrived.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))),
  );
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
    );
}

const PAGES: Record<Role, string[]> = {
  admin: ['/overview', '/overview/flows', '/overview/instances', '/rules', '/users', '/profile', '/nowhere'],
  maintainer: ['/overview', '/rules', '/profile'],
  viewer: ['/overview', '/rules', '/profile'],
};

test.beforeAll(async ({ tripod }) => {
  for (const action of ['allow', 'drop', 'rate_limit'] as const) {
    const rate = action === 'rate_limit' ? { rate_pps: 10 } : {};
    await tripod.rest.createRule({ name: `axe ${action}`, action, src_cidr: '198.51.100.0/24', ...rate });
  }
});

test('the login page has no serious finding', async ({ visitor }) => {
  await visitor.goto('/login');
  await expect(visitor.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect(await findings(visitor)).toEqual([]);
});

for (const [role, paths] of Object.entries(PAGES) as [Role, string[]][]) {
  test(`no page of ${role} has a serious finding, a console error or a failed request`, async ({
    signIn,
  }) => {
    const page = await signIn(role);
    for (const path of paths) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.getByText('Loading…')).toHaveCount(0);
      expect(await findings(page), path).toEqual([]);
    }
  });
}

test('no dialog has a serious finding, holds the focus, and gives it back on Escape', async ({ signIn }) => {
  const page = await signIn('admin');
  const openers: [string, RegExp][] = [
    ['/rules', /^(new|add|create) rule$/i],
    ['/rules', /^edit/i],
    ['/rules', /^delete/i],
    ['/users', /^(new|add|create|invite) user$/i],
    ['/users', /^edit/i],
    ['/users', /^delete/i],
  ];
  for (const [path, name] of openers) {
    await page.goto(path);
    const opener = page.getByRole('main').getByRole('button', { name, disabled: false }).first();
    await opener.click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    expect(await findings(page), `${path} ${name}`).toEqual([]);
    for (let n = 0; n < 20; n++) await page.keyboard.press('Tab');
    expect(
      await page.evaluate(
        () => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null,
      ),
    ).toBe(true);
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(opener).toBeFocused();
  }
});

test('with a small screen and its drawer there is no serious finding either', async ({ signIn }) => {
  const page = await signIn('admin', { viewport: { width: 390, height: 700 } });
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Open navigation' }).click();
  await expect(page.getByRole('dialog', { name: 'Navigation' })).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

test('who asks for less motion gets none', async ({ signIn }) => {
  const page = await signIn('viewer', { reducedMotion: 'reduce' });
  await page.getByRole('button', { name: 'Collapse sidebar' }).click();
  const moving = await page.evaluate(
    () =>
      document.getAnimations().filter((each) => Number(each.effect?.getComputedTiming().duration) > 50)
        .length,
  );
  expect(moving).toBe(0);
});
