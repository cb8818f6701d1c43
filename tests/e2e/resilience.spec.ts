import type { Page } from '@playwright/test';
import { patient } from '../../scripts/processes/patience.ts';
import { createTrafficSender } from '../../scripts/traffic/traffic-sender.ts';
import { dataTarget } from '../harness/data-target.ts';
import { expect, test } from './fixtures.ts';

// What the browser itself reports when a service is away; a page that fails on its own account still shows as an exception.
test.use({
  tolerated: /\b50[234]\b|ERR_(CONNECTION|INCOMPLETE|EMPTY|NETWORK)/,
});

const state = (page: Page) => page.getByRole('status', { name: 'Service state' });

test('the API dies: the page says so, keeps what it shows, and recovers by itself', async ({
  signIn,
  tripod,
}) => {
  await tripod.rest.createRule({ name: 'still shown', action: 'allow', src_cidr: '192.0.2.66/32' });
  const page = await signIn('maintainer');
  await page.goto('/rules');
  const row = page.getByRole('row').filter({ hasText: 'still shown' });
  await expect(row).toBeVisible();
  await tripod.api.kill();
  try {
    await expect(state(page)).toContainText('Degraded', { timeout: patient(20_000) });
    await expect(row).toBeVisible();
  } finally {
    await tripod.api.restart();
  }
  await expect(state(page)).not.toContainText('Degraded', { timeout: patient(20_000) });
  await expect(row).toBeVisible();
  await expect(page.getByRole('button', { name: 'Logout' })).toBeVisible();
});

test('the fast path dies: the page says so, rules can still be edited, and all is well with it again', async ({
  signIn,
  tripod,
}) => {
  const page = await signIn('maintainer');
  await tripod.fastpath.kill();
  try {
    await expect(state(page)).toContainText('Degraded', { timeout: patient(20_000) });
    await page.goto('/rules');
    await expect(page.getByRole('heading', { level: 1, name: 'Rules' })).toBeVisible();
    await tripod.rest.createRule({ name: 'made while away', action: 'allow', src_cidr: '192.0.2.67/32' });
    await expect(page.getByRole('row').filter({ hasText: 'made while away' })).toBeVisible({
      timeout: patient(20_000),
    });
  } finally {
    await tripod.fastpath.restart();
  }
  await expect(state(page)).not.toContainText('Degraded', { timeout: patient(20_000) });
  await page.goto('/overview');
  const sender = await createTrafficSender({
    flows: [{ name: 'a', target: dataTarget(tripod.fastpath, 4), rate: 200 }],
    settleMs: 100,
  });
  sender.start();
  await page.goto('/overview/flows');
  await expect(page.getByRole('main')).toContainText(String(sender.report().flows[0]!.src_port), {
    timeout: patient(20_000),
  });
  await sender.stop();
});

test('the WebUI restarts: an open page recovers by itself and a reload works', async ({ signIn, tripod }) => {
  const page = await signIn('viewer');
  await tripod.webui.kill();
  try {
    await expect(state(page)).toContainText('Degraded', { timeout: patient(20_000) });
  } finally {
    await tripod.webui.restart();
  }
  await expect(state(page)).not.toContainText('Degraded', { timeout: patient(20_000) });
  await page.reload();
  await expect(page.getByRole('button', { name: 'Logout' })).toBeVisible();
});

test('a page that is opened while the API is away shows up when it is back', async ({ signIn, tripod }) => {
  const page = await signIn('viewer');
  await tripod.api.kill();
  try {
    await page.reload();
    await expect(page.locator('body')).toContainText(/reach|unavailable|degraded|try/i, {
      timeout: patient(20_000),
    });
    await expect(page.getByRole('button', { name: 'Sign in' })).toHaveCount(0);
  } finally {
    await tripod.api.restart();
  }
  await expect(page.getByRole('heading', { level: 1, name: 'Overview' })).toBeVisible({
    timeout: patient(20_000),
  });
});
