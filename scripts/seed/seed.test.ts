import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, startStack } from '../processes/stack.ts';
import { inRepository } from '../repository.ts';
import { MOCK_RULES, MOCK_USERS } from './mock-data.ts';
import { logIn } from './rest-client.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ webui: 0 });
});

afterAll(() => stack.stop());

interface Outcome {
  code: number;
  output: string;
}

/** Runs the command as `make seed-mock-data` does. */
async function seed(env: Record<string, string>): Promise<Outcome> {
  const options = { env: { PATH: process.env.PATH, ...env } };
  const command = promisify(execFile)(process.execPath, [inRepository('scripts/seed-mock-data.ts')], options);
  return command.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
  );
}

const items = async (path: string) => {
  const api = await logIn(stack.apiUrl, stack.admin.email, stack.admin.password);
  return (await api.get<{ items: Record<string, unknown>[] }>(`${path}?limit=100`)).items;
};

test('adds users, rules, audit entries and traffic; the second run finds them there', async () => {
  const env = { API_URL: stack.apiUrl, ADMIN_EMAIL: stack.admin.email, ADMIN_PASSWORD: stack.admin.password };
  const first = await seed(env);
  expect(first).toMatchObject({ code: 0 });
  const password = /shown only now: (\S+)/.exec(first.output)?.[1];
  expect(password).toHaveLength(16);
  await expect(logIn(stack.apiUrl, 'mara.jensen@example.com', password!)).resolves.toBeDefined();

  const present = { users: await items('/users'), rules: await items('/rules') };
  expect(new Set(present.users.map((user) => user.role))).toEqual(new Set(['admin', 'maintainer', 'viewer']));
  expect(present.users).toHaveLength(MOCK_USERS.length + 1);
  expect(new Set(present.rules.map((rule) => rule.action))).toEqual(new Set(['allow', 'drop', 'rate_limit']));
  expect(present.rules).toHaveLength(MOCK_RULES.length);
  expect((await items('/audit-logs')).length).toBeGreaterThanOrEqual(MOCK_USERS.length + MOCK_RULES.length);
  expect((await items('/fastpath/flows')).length).toBe(4);

  const second = await seed(env);
  expect(second.output.match(/already there/g)).toHaveLength(4);
  expect(second.output).not.toContain('password');
  const ids = (list: Record<string, unknown>[]) => list.map(({ id }) => id);
  expect(ids(await items('/users'))).toEqual(ids(present.users));
  expect(await items('/rules')).toEqual(present.rules);
});

test('a wrong password is explained', async () => {
  const { code, output } = await seed({ API_URL: stack.apiUrl });
  expect(code).toBe(1);
  expect(output).toMatch(/401.+set ADMIN_EMAIL and ADMIN_PASSWORD/);
});

test('the development password never goes to another machine', async () => {
  const { code, output } = await seed({ API_URL: 'http://192.0.2.1:5000' });
  expect([code, output]).toEqual([
    1,
    'seed-mock-data: Set ADMIN_EMAIL and ADMIN_PASSWORD for http://192.0.2.1:5000.\n',
  ]);
});

test('nothing runs: one line that tells what to do', async () => {
  const { code, output } = await seed({ API_URL: 'http://127.0.0.1:1' });
  expect([code, output]).toEqual([
    1,
    'seed-mock-data: nothing answers at http://127.0.0.1:1. Start it with: make dev\n',
  ]);
});
