import { type Browser, type BrowserContextOptions, test as base, expect, type Page } from '@playwright/test';
import { patient } from '../../scripts/processes/patience.ts';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { type Client, PASSWORD, signInAdmin } from '../harness/client.ts';
import type { Role } from '../harness/types.ts';
import { type Complaint, watchPage } from './page-watch.ts';

export interface Tripod extends Stack {
  /** The first administrator, over REST. */
  rest: Client;
  credentials: Record<Role, { email: string; password: string }>;
}

export interface Session {
  page: Page;
  complaints: Complaint[];
}

const NOTHING = /(?!)/;

interface Fixtures {
  /** A page of its own browser context, signed in through the form, and watched. */
  signIn(role: Role, options?: BrowserContextOptions): Promise<Page>;
  /** A watched page that nobody has signed in on. */
  visitor: Page;
  /** What pages may complain about in this test; anything else fails it. Tests that kill a service widen it. */
  tolerated: RegExp;
}

/** Signs in through the form as a person does. */
export async function logIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel(/e-?mail/i).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: /^(sign|log) ?in$/i }).click();
}

async function startTripod(): Promise<Tripod> {
  const stack = await startStack();
  const rest = (await signInAdmin(stack)).at(stack.webuiUrl);
  const credentials = { admin: stack.admin } as Tripod['credentials'];
  for (const role of ['maintainer', 'viewer'] as const) {
    const email = `${role}@example.com`;
    await rest.createUser(email, role);
    credentials[role] = { email, password: PASSWORD };
  }
  return Object.assign(stack, { rest, credentials });
}

async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Session> {
  const context = await browser.newContext({ baseURL: url, ...options });
  const page = await context.newPage();
  return { page, complaints: await watchPage(page) };
}

export const test = base.extend<Fixtures & { sessions: Session[] }, { tripod: Tripod }>({
  tripod: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
    async ({}, use) => {
      const tripod = await startTripod();
      await use(tripod);
      await tripod.stop();
    },
    { scope: 'worker', timeout: patient(120_000) },
  ],
  tolerated: [NOTHING, { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: as above
  sessions: async ({}, use) => use([]),
  signIn: async ({ browser, tripod, tolerated, sessions }, use) => {
    await use(async (role, options) => {
      const session = await openPage(browser, tripod.webuiUrl, options);
      sessions.push(session);
      const { email, password } = tripod.credentials[role];
      await session.page.goto('/');
      await logIn(session.page, email, password);
      await session.page.waitForURL(/\/overview$/);
      return session.page;
    });
    await closeAll(sessions, tolerated);
  },
  visitor: async ({ browser, tripod, tolerated }, use) => {
    const session = await openPage(browser, tripod.webuiUrl);
    await use(session.page);
    await closeAll([session], tolerated);
  },
});

async function closeAll(sessions: Session[], tolerated: RegExp): Promise<void> {
  const complaints = sessions.flatMap((session) => session.complaints);
  for (const { page } of sessions) await page.context().close();
  const intolerable = complaints.filter(({ text }) => !tolerated.test(text));
  expect(intolerable, 'console errors, failed requests, CSP violations').toEqual([]);
}

export { expect };
