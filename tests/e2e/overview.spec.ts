import { startStack } from '../../scripts/processes/stack.ts';
import { createTrafficSender } from '../../scripts/traffic/traffic-sender.ts';
import { dataTarget } from '../harness/data-target.ts';
import { expect, logIn, test } from './fixtures.ts';
import { watchPage } from './page-watch.ts';

test('the figures move by themselves and end at what was really counted', async ({ signIn, tripod }) => {
  const page = await signIn('viewer');
  const total = async (tile: string) => {
    const text = await page
      .getByRole('region', { name: tile, exact: true })
      .getByText('in total')
      .textContent();
    return Number(text!.replaceAll(/\D/g, ''));
  };
  const before = { in: (await tripod.rest.stats()).rx_packets, out: (await tripod.rest.stats()).tx_packets };
  await expect.poll(() => total('Packets in')).toBe(before.in);
  const flows = [
    { name: 'four', target: dataTarget(tripod.fastpath, 4), rate: 300, count: 600 },
    { name: 'six', target: dataTarget(tripod.fastpath, 6), rate: 100, count: 200 },
  ];
  const sender = await createTrafficSender({ flows });
  sender.start();
  await expect.poll(() => total('Packets in')).toBeGreaterThan(before.in);
  const report = await sender.done;
  await expect.poll(() => total('Packets in')).toBe(before.in + report.sent);
  await expect.poll(() => total('Packets out')).toBe(before.out + report.received);
  await page.getByRole('tab', { name: 'Flows' }).click();
  for (const flow of report.flows)
    await expect(page.getByRole('row').filter({ hasText: String(flow.src_port) })).toContainText(
      String(flow.sent),
    );
});

test('the instances say which mode is in force and why, and that the rules are in sync', async ({
  signIn,
  tripod,
}) => {
  const { instances } = await tripod.rest.status();
  const page = await signIn('viewer');
  await page.getByRole('tab', { name: 'Instances' }).click();
  const main = page.getByRole('main');
  await expect(main).toContainText(instances[0]!.address);
  await expect(main).toContainText(instances[0]!.mode_reason);
  await expect(main).toContainText(/in sync/i);
});

test('without a fast path every page loads and says so', async ({ browser }) => {
  await using stack = await startStack({ fastpaths: 0 });
  const context = await browser.newContext({ baseURL: stack.webuiUrl });
  const page = await context.newPage();
  const complaints = await watchPage(page);
  await page.goto('/');
  await logIn(page, stack.admin.email, stack.admin.password);
  await expect(page.getByRole('main')).toContainText(/without a fast path/i);
  for (const path of ['/overview/flows', '/overview/instances', '/rules', '/users']) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByText('Loading…')).toHaveCount(0);
  }
  await context.close();
  expect(complaints).toEqual([]);
});
