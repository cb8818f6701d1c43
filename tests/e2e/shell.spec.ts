import { expect, test } from './fixtures.ts';

test('a reload of a deep link stays there, signed in', async ({ signIn }) => {
  const page = await signIn('viewer');
  for (const path of ['/overview/flows', '/overview/instances', '/rules', '/profile']) {
    await page.goto(path);
    await page.reload();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    expect(new URL(page.url()).pathname).toBe(path);
    await expect(page.getByRole('button', { name: 'Logout' })).toBeVisible();
  }
});

test('tabs work by keyboard, say what they are, and each has an address', async ({ signIn }) => {
  const page = await signIn('viewer');
  const tabs = page.getByRole('tablist').getByRole('tab');
  const selected = page.getByRole('tab', { selected: true });
  await expect(selected).toHaveCount(1);
  const first = await selected.textContent();
  await selected.focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForURL(/\/overview\/flows$/);
  await expect(selected).toBeFocused();
  await expect(page.getByRole('tabpanel')).toHaveAttribute(
    'aria-labelledby',
    (await selected.getAttribute('id'))!,
  );
  await page.keyboard.press('End');
  await expect(tabs.last()).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('ArrowRight');
  await expect(selected).toHaveText(first!);
  await page.keyboard.press('ArrowLeft');
  await expect(tabs.last()).toBeFocused();
  await page.keyboard.press('Home');
  await expect(selected).toHaveText(first!);
  await page.goBack();
  await expect(tabs.last()).toHaveAttribute('aria-selected', 'true');
  for (const tab of await tabs.all())
    await expect(tab).toHaveAttribute(
      'tabindex',
      (await tab.getAttribute('aria-selected')) === 'true' ? '0' : '-1',
    );
});

test('the sidebar collapses to a rail, its categories fold, and both persist', async ({ signIn }) => {
  const page = await signIn('admin');
  const sidebar = page.getByRole('complementary', { name: 'Sidebar' });
  const widthOf = async () => Math.round((await sidebar.boundingBox())!.width);
  await expect.poll(widthOf).toBe(256);
  const category = sidebar.getByRole('button', { name: 'Protection' });
  await expect(category).toHaveAttribute('aria-expanded', 'true');
  await category.click();
  await expect(category).toHaveAttribute('aria-expanded', 'false');
  await expect(sidebar.getByRole('link', { name: 'Rules' })).toBeHidden();
  await page.reload();
  await expect(category).toHaveAttribute('aria-expanded', 'false');
  await category.click();

  await sidebar.getByRole('button', { name: 'Collapse sidebar' }).click();
  await expect.poll(widthOf).toBe(64);
  await page.reload();
  await expect.poll(widthOf).toBe(64);
  await sidebar.getByRole('link', { name: 'Rules' }).click();
  await page.waitForURL(/\/rules$/);
  await sidebar.getByRole('button', { name: 'Expand sidebar' }).click();
  await expect.poll(widthOf).toBe(256);
});

test('the sidebar holds links that open in a new tab, and marks where one is', async ({ signIn }) => {
  const page = await signIn('admin');
  const link = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Rules' });
  const [opened] = await Promise.all([page.context().waitForEvent('page'), link.click({ button: 'middle' })]);
  await expect(opened.getByRole('heading', { level: 1, name: 'Rules' })).toBeVisible();
  await expect(opened.getByRole('navigation', { name: 'Main' }).locator('[aria-current="page"]')).toHaveText(
    'Rules',
  );
});

test('on a small screen the drawer opens, locks the page, closes by Escape, backdrop and navigation', async ({
  signIn,
}) => {
  const page = await signIn('admin', { viewport: { width: 390, height: 700 }, hasTouch: true });
  const open = page.getByRole('button', { name: 'Open navigation' });
  const drawer = page.getByRole('dialog', { name: 'Navigation' });
  await expect(page.getByRole('complementary', { name: 'Sidebar' })).toBeHidden();
  await open.click();
  await expect(drawer).toBeVisible();
  await page.mouse.move(350, 400);
  await page.mouse.wheel(0, 600);
  const scrolled = () =>
    page.evaluate(() => [
      window.scrollY,
      getComputedStyle(document.documentElement).overflowY,
      getComputedStyle(document.body).overflowY,
    ]);
  const [y, ...overflow] = await scrolled();
  expect(y).toBe(0);
  expect(overflow).toContain('hidden');
  await page.keyboard.press('Escape');
  await expect(drawer).toBeHidden();
  await expect(open).toBeFocused();
  expect((await scrolled()).slice(1)).not.toContain('hidden');

  await open.click();
  await page.mouse.click(380, 400);
  await expect(drawer).toBeHidden();
  await open.click();
  await drawer.getByRole('link', { name: 'Rules' }).click();
  await expect(drawer).toBeHidden();
  await page.waitForURL(/\/rules$/);
});

for (const path of ['/overview', '/overview/flows', '/overview/instances', '/rules', '/users', '/profile']) {
  test(`${path} is as wide as the smallest screen, and its targets are large enough`, async ({ signIn }) => {
    const page = await signIn('admin', { viewport: { width: 320, height: 640 }, hasTouch: true });
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, 'no sideways scrolling of the page').toBeLessThanOrEqual(320);
    const targets = page.getByRole('main').locator('button:visible, a[href]:visible');
    for (const target of await targets.all()) {
      const box = await target.boundingBox();
      const inText = await target.evaluate((element) => getComputedStyle(element).display === 'inline');
      if (box && !inText) expect(box.height, (await target.textContent()) ?? '').toBeGreaterThanOrEqual(44);
    }
  });
}
