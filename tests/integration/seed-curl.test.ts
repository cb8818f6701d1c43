import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import type { Login, Page, User } from '../harness/types.ts';

// The README's own commands, word for word: only the port differs, and `YOUR_TOKEN_HERE` is what login answered.
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [LOGIN = '', USERS = '', ...MORE] = README.match(/^curl (?:.*\\\n)*.*/gm) ?? [];

const run = promisify(execFile);

async function shell(command: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', command], { env: { PATH: process.env.PATH, no_proxy: '*' } });
  return stdout;
}

describe('the documented commands', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ env: { api: { APP_ENV: 'development', ADMIN_PASSWORD: 'admin' } } });
  });
  afterAll(() => stack?.stop());

  test('are two: log in, list users', () => {
    expect(LOGIN).toContain('localhost:5000/api/v1/auth/login');
    expect(USERS).toContain('localhost:5000/api/v1/users');
    expect(MORE).toEqual([]);
  });

  test.each(['api', 'webui'] as const)('log in and list users through %s', async (service) => {
    const port = new URL(service === 'api' ? stack.apiUrl : stack.webuiUrl).port;
    const onPort = (command: string) => command.replace('localhost:5000', `localhost:${port}`);
    const login = JSON.parse(await shell(onPort(LOGIN))) as Login;
    expect(login).toMatchObject({
      token_type: 'Bearer',
      expires_in: expect.any(Number),
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      refresh_token: expect.any(String),
      user: { email: 'admin@example.com', role: 'admin', must_change_password: true },
    });
    const users = JSON.parse(
      await shell(onPort(USERS).replace('YOUR_TOKEN_HERE', login.access_token)),
    ) as Page<User>;
    expect(users.items.map((user) => user.email)).toEqual(['admin@example.com']);
    expect(JSON.stringify(users)).not.toMatch(/password_hash|\$2[aby]\$/);
  });

  test('desktop modules send username instead of email', async () => {
    const port = new URL(stack.apiUrl).port;
    const command = LOGIN.replace('localhost:5000', `localhost:${port}`).replace('"email"', '"username"');
    expect(JSON.parse(await shell(command))).toMatchObject({ user: { email: 'admin@example.com' } });
  });
});
