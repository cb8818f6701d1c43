import assert from 'node:assert/strict';
import { type Browser, chromium, type Page } from '@playwright/test';
import { chromiumPath } from '../processes/chromium.ts';
import { patient } from '../processes/patience.ts';
import type { Stack } from '../processes/stack.ts';
import type { Checklist } from '../suites/checklist.ts';

const LOADED_MS = patient(15_000);
/** Every place that the pages offer by themselves: the sidebar and the tabs within a page. */
const LINKS = 'aside a[href^="/"], nav a[href^="/"], a[role="tab"][href^="/"]';

/** Signs in and opens every page that the sidebar and the tabs lead to; new pages are covered by being there. */
export async function checkPages(
  checks: Checklist,
  { webuiUrl, admin }: Pick<Stack, 'webuiUrl' | 'admin'>,
): Promise<void> {
  const browser = await checks.check('browser: starts', async () =>
    chromium.launch({
      executablePath: await chromiumPath(),
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    }),
  );
  if (!browser) return;
  try {
    await visitAll(checks, browser, webuiUrl, admin);
  } finally {
    await browser.close();
  }
}

async function visitAll(
  checks: Checklist,
  browser: Browser,
  url: string,
  admin: Stack['admin'],
): Promise<void> {
  const page = await browser.newPage({ baseURL: url, viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(LOADED_MS);
  const complaints = watch(page);
  const noComplaints = () => assert.deepEqual(complaints.splice(0), []);

  const start = await checks.check('page: sign in', async () => {
    await page.goto('/');
    await page.getByLabel(/e-?mail/i).fill(admin.email);
    await page.getByLabel('Password', { exact: true }).fill(admin.password);
    await page.getByRole('button', { name: /sign in|log ?in/i }).click();
    await page.locator(LINKS).first().waitFor();
    noComplaints();
    return linksOf(page);
  });
  const queue = start ?? [];
  for (const path of queue) {
    await checks.check(`page: ${path}`, async () => {
      await page.goto(path);
      await page.locator('main h1').first().waitFor();
      await page.waitForLoadState('load');
      // Live streams never end, so "network idle" does not come; a loading page shows it to assistive technology.
      await page.locator('main [aria-busy="true"]').first().waitFor({ state: 'detached' });
      for (const link of await linksOf(page)) if (!queue.includes(link)) queue.push(link);
      // The logo's link leads on to a page of the sidebar; none leads to the login or to "not found".
      assert.ok(queue.includes(new URL(page.url()).pathname), `was sent to ${page.url()}`);
      assert.doesNotMatch((await page.locator('main h1').first().textContent()) ?? '', /not found/i);
      noComplaints();
    });
  }
  await checks.check('page: the sidebar leads to three pages or more', () =>
    assert.ok(queue.length >= 3, queue.join()),
  );
}

async function linksOf(page: Page): Promise<string[]> {
  const links = await page.locator(LINKS).evaluateAll((all) => all.map((link) => link.getAttribute('href')!));
  return [...new Set(links)];
}

/** Console errors, exceptions, failed requests and error statuses, from now on. */
function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on(
    'console',
    (message) => message.type() === 'error' && complaints.push(`console: ${message.text()}`),
  );
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // Streams and prefetches that end because the page is left.
    if (reason !== 'net::ERR_ABORTED') complaints.push(`${reason} ${request.url()}`);
  });
  return complaints;
}
