import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../scripts/processes/stack.ts';
import { PASSWORD, signInAdmin, tryLogin } from '../harness/client.ts';

const LIMIT = 5;

/** A guess at an account of nobody, really sent from this address of the machine. */
function statusFrom(localAddress: string, base: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    request(`${base}/api/v1/auth/login`, { method: 'POST', headers, localAddress }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    })
      .on('error', reject)
      .end(JSON.stringify({ email: 'nobody@example.com', password: 'guess' }));
  });
}

describe('login throttling', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ fastpaths: 0, env: { api: { AUTH_RATE_LIMIT: `${LIMIT}` } } });
    const admin = await signInAdmin(stack);
    await admin.createUser('victim@example.com', 'viewer');
    await admin.createUser('bystander@example.com', 'viewer');
  });
  afterAll(() => stack?.stop());

  const SPOOFS = [
    'x-forwarded-for',
    'forwarded',
    'x-real-ip',
    'true-client-ip',
    'cf-connecting-ip',
    'x-client-ip',
  ];

  /** A guess that claims to come from another machine than all others. */
  const guess = (email: string, n: number, password = `guess-${n}`) => {
    const address = `203.0.113.${n}`;
    const spoofed = Object.fromEntries(
      SPOOFS.map((name) => [name, name === 'forwarded' ? `for=${address}` : address]),
    );
    return tryLogin(stack.webuiUrl, email, password, spoofed);
  };
  const guesses = async (count: number, emailOf: (n: number) => string) => {
    const replies = [];
    for (let n = 0; n < count; n++) replies.push(await guess(emailOf(n), n));
    return replies;
  };

  test('a successful login does not count as a guess', async () => {
    for (let n = 0; n < LIMIT * 2; n++)
      expect((await guess('bystander@example.com', n, PASSWORD)).status).toBe(200);
  });

  test('guesses at one account are stopped although every one claims another address', async () => {
    const replies = await guesses(LIMIT + 1, () => 'victim@example.com');
    expect(replies.map((reply) => reply.status)).toEqual([...Array(LIMIT).fill(401), 429]);
    const last = replies.at(-1)!;
    expect(last.headers.get('content-type')).toContain('application/problem+json');
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    const right = await guess('victim@example.com', 250, PASSWORD);
    expect(right.status, 'the right guess is not told apart while throttled').toBe(429);
    expect((await guess('bystander@example.com', 251, PASSWORD)).status, 'others still get in').toBe(200);
  });

  test('guesses at many accounts are stopped too, and only for who guesses', async () => {
    const replies = await guesses(10 * LIMIT + 1, (n) => `nobody-${n}@example.com`);
    expect(replies.at(-1)!.status).toBe(429);
    expect(await statusFrom('127.0.0.1', stack.webuiUrl)).toBe(429);
    expect(await statusFrom('127.0.0.2', stack.webuiUrl), 'the proxy is not the client').toBe(401);
  });
});
