import type { Page } from '@playwright/test';
import { patient } from '../../scripts/processes/patience.ts';
import { dataTarget } from '../harness/data-target.ts';
import { startTraffic } from '../harness/traffic.ts';
import type { Rule } from '../harness/types.ts';
import { untilEnforced } from '../harness/until-enforced.ts';
import { expect, test } from './fixtures.ts';

const ENFORCED_MS = patient(1_000);

const ruleRow = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

async function newRule(
  page: Page,
  fields: Record<string, string>,
  options: Record<string, string> = {},
): Promise<void> {
  await page.getByRole('button', { name: 'New rule' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New rule' });
  for (const [label, value] of Object.entries(options))
    await dialog.getByLabel(label, { exact: true }).selectOption(value);
  for (const [label, value] of Object.entries(fields))
    await dialog.getByLabel(label, { exact: true }).fill(value);
  await dialog.getByRole('button', { name: 'Create rule' }).click();
  await expect(dialog).toBeHidden();
}

/** The number in a column of the row: `1,234` as 1234. */
async function figure(page: Page, name: string, column: number): Promise<number> {
  const text = await ruleRow(page, name).getByRole('cell').nth(column).textContent();
  return Number(text!.replaceAll(/\D/g, ''));
}

test('a drop rule saved in the browser silences that flow within 1 s and no other; deleting it restores', async ({
  signIn,
  tripod,
}) => {
  const page = await signIn('maintainer');
  await page.goto('/rules');
  const [v4, v6] = [dataTarget(tripod.fastpath, 4), dataTarget(tripod.fastpath, 6)];
  const traffic = await startTraffic([
    { name: 'guarded', target: v4, rate: 200 },
    { name: 'free', target: v4, rate: 200, size: 700 },
    { name: 'six', target: v6, rate: 100 },
  ]);
  try {
    const port = String(traffic.flow('guarded').src_port);
    await newRule(
      page,
      { Name: 'From the browser', 'Source address': '127.0.0.1', 'Source ports': port },
      { Protocol: 'udp' },
    );
    await untilEnforced(tripod.rest, ENFORCED_MS);
    await expect(ruleRow(page, 'From the browser')).toContainText('Drop');
    await traffic.staysSilent('guarded');

    await page.getByRole('button', { name: 'Delete From the browser' }).click();
    const confirm = page.getByRole('dialog', { name: 'Delete rule' });
    await confirm.getByRole('button', { name: 'Delete', exact: true }).click();
    await expect(confirm).toBeHidden();
    await traffic.isAnswered('guarded', ENFORCED_MS);
    await expect(ruleRow(page, 'From the browser')).toHaveCount(0);
  } finally {
    const report = await traffic.stop();
    for (const flow of report.flows.filter((each) => each.name !== 'guarded'))
      expect(flow.received, flow.name).toBe(flow.sent);
  }
});

test('the counters on the page are what the sender counted, to the packet', async ({ signIn, tripod }) => {
  const page = await signIn('viewer');
  const traffic = await startTraffic([
    { name: 'counted', target: dataTarget(tripod.fastpath, 4), rate: 400 },
  ]);
  const port = traffic.flow('counted').src_port;
  const rule = await tripod.rest.createRule({
    name: 'Counted',
    action: 'drop',
    src_port_min: port,
    src_port_max: port,
  });
  await page.goto('/rules');
  await expect.poll(() => figure(page, 'Counted', 4)).toBeGreaterThan(100);
  const before = await figure(page, 'Counted', 4);
  await expect
    .poll(() => figure(page, 'Counted', 4), { message: 'figures move by themselves' })
    .toBeGreaterThan(before);
  const report = await traffic.stop();
  const flow = report.flows[0]!;
  // What was not answered is what the rule dropped: all it decided.
  await expect.poll(() => figure(page, 'Counted', 4)).toBe(flow.sent - flow.received);
  await expect.poll(() => figure(page, 'Counted', 5)).toBe(flow.sent - flow.received);
  await tripod.rest.deleteRule(rule.id);
});

test('a rate limit, its change and its switch', async ({ signIn, tripod }) => {
  const page = await signIn('maintainer');
  await page.goto('/rules');
  await newRule(
    page,
    {
      Name: 'Slow lane',
      Priority: '7',
      'Source address': '2001:db8::/32',
      'Destination ports': '53-60',
      'Packets per second': '100',
    },
    { Protocol: 'udp', Action: 'rate_limit' },
  );
  const row = ruleRow(page, 'Slow lane');
  await expect(row).toContainText('100');
  await row.getByRole('button', { name: 'Edit Slow lane' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit rule' });
  await expect(dialog.getByLabel('Destination ports')).toHaveValue('53-60');
  await dialog.getByLabel('Packets per second').fill('250');
  await dialog.getByRole('button', { name: 'Save rule' }).click();
  await expect(dialog).toBeHidden();
  await expect(row).toContainText('250');
  const toggle = row.getByRole('switch', { name: 'Slow lane enabled' });
  await toggle.click();
  await expect(toggle).not.toBeChecked();
  // The switch moves at once; the message says that the API has stored it.
  await expect(page.getByText('“Slow lane” is disabled.')).toBeVisible();
  const [stored] = await tripod.rest.all<Rule>('/rules?q=Slow%20lane');
  expect(stored).toMatchObject({
    enabled: false,
    rate_pps: 250,
    priority: 7,
    src_cidr: '2001:db8::/32',
    dst_port_min: 53,
    dst_port_max: 60,
    action: 'rate_limit',
    protocol: 'udp',
  });
  await tripod.rest.deleteRule(stored!.id);
});

test.describe('refused', () => {
  test.use({ tolerated: /\b4(12|22|00)\b/ });

  test('mistakes are said at their field and nothing typed is lost', async ({ signIn, tripod }) => {
    const page = await signIn('maintainer');
    await page.goto('/rules');
    await page.getByRole('button', { name: 'New rule' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'New rule' });
    const submit = dialog.getByRole('button', { name: 'Create rule' });
    const fill = async (typed: Record<string, string>) => {
      for (const [label, value] of Object.entries(typed))
        await dialog.getByLabel(label, { exact: true }).fill(value);
      await submit.click();
    };
    const complained = async (typed: Record<string, string>) => {
      for (const [label, value] of Object.entries(typed)) {
        const field = dialog.getByLabel(label, { exact: true });
        await expect(field, label).toHaveAttribute('aria-invalid', 'true');
        await expect(field).toHaveAccessibleDescription(/\w/);
        await expect(field).toHaveValue(value);
      }
    };
    // Plain mistakes are seen by the form, the others by the API.
    const plain = { Name: '', 'Source ports': '70000', 'Destination ports': '9-1' };
    const deep = { 'Source address': '300.1.2.3', 'Destination address': '2001:db8::/200' };
    await fill({ ...deep, ...plain });
    await complained(plain);
    await fill({ Name: 'Mistaken', 'Source ports': '7', 'Destination ports': '1-9' });
    await complained(deep);
    await fill({ 'Source address': '192.0.2.1', 'Destination address': '2001:db8::/64' });
    await expect(dialog, 'two families in one rule').toContainText(/famil|IPv4|IPv6/i);
    await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue('Mistaken');
    expect(await tripod.rest.all<Rule>('/rules?q=Mistaken')).toEqual([]);
  });

  test('two people edit one rule: the second is shown both and nothing is overwritten unasked', async ({
    signIn,
    tripod,
  }) => {
    const rule = await tripod.rest.createRule({
      name: 'Contested',
      action: 'allow',
      src_cidr: '192.0.2.1/32',
    });
    const [first, second] = [await signIn('maintainer'), await signIn('admin')];
    const edit = async (page: Page, description: string) => {
      await page.goto('/rules');
      await page.getByRole('button', { name: 'Edit Contested' }).click();
      const dialog = page.getByRole('dialog', { name: 'Edit rule' });
      await dialog.getByLabel('Description').fill(description);
      return dialog;
    };
    const [theirs, mine] = [await edit(first, 'by the first'), await edit(second, 'by the second')];
    await theirs.getByRole('button', { name: 'Save rule' }).click();
    await expect(theirs).toBeHidden();
    await mine.getByRole('button', { name: 'Save rule' }).click();
    await expect(mine).toContainText(/somebody changed this rule/i);
    await expect(mine.getByRole('table')).toContainText('by the first');
    await expect(mine.getByLabel('Description')).toHaveValue('by the second');
    const stored = () => tripod.rest.get<Rule>(`/rules/${rule.id}`);
    expect((await stored()).description).toBe('by the first');
    await mine.getByRole('button', { name: 'Keep mine and go on' }).click();
    await mine.getByRole('button', { name: 'Save rule' }).click();
    await expect(mine).toBeHidden();
    expect((await stored()).description).toBe('by the second');
    await tripod.rest.deleteRule(rule.id);
  });
});

test('names are text, whatever they look like', async ({ signIn, tripod }) => {
  const names = [
    '<img src=x onerror="window.stolen=1">',
    '<script>window.stolen=1</script>',
    '"><svg onload=window.stolen=1>',
    '{{7*7}} #{7*7} %00 \u202Egnirts',
    '規則 правило قاعدة 👩‍👩‍👧 Ž',
    'W'.repeat(100),
  ];
  const rules = [];
  for (const name of names)
    rules.push(
      await tripod.rest.createRule({
        name,
        description: name.slice(0, 100),
        action: 'allow',
        src_cidr: '203.0.113.5/32',
      }),
    );
  const page = await signIn('maintainer', { viewport: { width: 1024, height: 800 } });
  await page.goto('/rules?q=203.0.113.5');
  await page.goto('/rules');
  for (const rule of rules) {
    await expect(page.getByRole('main').getByText(rule.name, { exact: true }).first()).toBeVisible();
    await expect(page.getByRole('button', { name: `Edit ${rule.name}`, exact: true })).toBeVisible();
  }
  await page.getByRole('button', { name: `Delete ${names[0]}` }).click();
  await expect(page.getByRole('dialog')).toContainText(names[0]!);
  await page.keyboard.press('Escape');
  expect(await page.evaluate(() => 'stolen' in window)).toBe(false);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1024);
  for (const rule of rules) await tripod.rest.deleteRule(rule.id);
});

test('a list of many pages is searched, filtered, sorted and paged, and the address remembers it', async ({
  signIn,
  tripod,
}) => {
  const rules = [];
  for (let n = 0; n < 30; n++)
    rules.push(
      await tripod.rest.createRule({
        name: `Paged ${String(n).padStart(2, '0')}`,
        action: n % 2 ? 'allow' : 'drop',
        priority: 500 + n,
      }),
    );
  const page = await signIn('viewer');
  await page.goto('/rules');
  await page.getByLabel('Search rules').fill('Paged');
  // The search follows the typing with a delay, and leads back to the first page when it does.
  await expect(page).toHaveURL(/q=Paged/);
  await expect(ruleRow(page, 'Paged 00')).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Pages' })).toContainText('of 30 rules');
  await page.getByRole('button', { name: 'Next page' }).click();
  await expect(ruleRow(page, 'Paged 29')).toBeVisible();
  await page.reload();
  await expect(ruleRow(page, 'Paged 29')).toBeVisible();
  await page.getByLabel('Action', { exact: true }).selectOption('allow');
  await expect(ruleRow(page, 'Paged 01')).toBeVisible();
  await expect(ruleRow(page, 'Paged 00')).toHaveCount(0);
  await page.getByRole('button', { name: 'Name' }).click();
  await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute(
    'aria-sort',
    /ascending|descending/,
  );
  for (const rule of rules) await tripod.rest.deleteRule(rule.id);
});
