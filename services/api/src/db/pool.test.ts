import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConnectionPool, type PoolOptions } from './pool.ts';

interface Fake {
  readonly number: number;
  usable: boolean;
}

let made: Fake[];
let destroyed: number[];

/** A pool of numbered objects: what it does with them is all there is to see. */
function poolOf(options: Partial<PoolOptions> = {}) {
  return new ConnectionPool({
    create: async () => {
      const connection = { number: made.length + 1, usable: true };
      made.push(connection);
      return connection;
    },
    destroy: (connection) => void destroyed.push((connection as Fake).number),
    isUsable: (connection) => (connection as Fake).usable,
    min: 0,
    max: 2,
    acquireTimeoutMs: 1000,
    ...options,
  });
}

const acquire = (pool: ConnectionPool) => pool.acquire().promise as Promise<Fake>;
const take = (pool: ConnectionPool) => pool.take() as Fake | undefined;
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );

beforeEach(() => {
  made = [];
  destroyed = [];
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

it('hands no connection to two, and opens no more than it may', async () => {
  const pool = poolOf({ max: 3 });
  const held = new Set<Fake>();
  let most = 0;
  await Promise.all(
    Array.from({ length: 20 }, async (_, user) => {
      for (let turn = 0; turn < 20; turn++) {
        const connection = take(pool) ?? (await acquire(pool));
        expect(held).not.toContain(connection);
        held.add(connection);
        most = Math.max(most, held.size);
        for (let pause = (user + turn) % 5; pause > 0; pause--) await undefined;
        held.delete(connection);
        if ((user * turn) % 7 === 6) connection.usable = false;
        expect(pool.release(connection)).toBe(true);
      }
    }),
  );
  expect(most).toBe(3);
  expect(pool.counts()).toMatchObject({ used: 0, waiting: 0 });
  expect(made.length - destroyed.length).toBe(pool.counts().free);
});

it('takes a connection back once, and only its own', async () => {
  const pool = poolOf();
  const connection = await acquire(pool);
  expect(pool.release({})).toBe(false);
  expect(pool.release(connection)).toBe(true);
  expect(pool.release(connection)).toBe(false);
  expect([take(pool), take(pool)]).toEqual([connection, undefined]);
});

it('serves in the order of arrival, and nobody overtakes', async () => {
  const pool = poolOf({ max: 1 });
  const connection = await acquire(pool);
  const order: string[] = [];
  const waiting = ['first', 'second'].map(async (name) => {
    const mine = await acquire(pool);
    order.push(name);
    pool.release(mine);
  });
  expect(pool.counts()).toEqual({ used: 1, free: 0, waiting: 2 });
  pool.release(connection);
  expect(take(pool)).toBeUndefined();
  await Promise.all(waiting);
  expect(order).toEqual(['first', 'second']);
  expect(take(pool)).toBe(connection);
});

it('tells each who has waited for too long', async () => {
  const pool = poolOf({ max: 1 });
  const connection = await acquire(pool);
  const early = failure(acquire(pool));
  await vi.advanceTimersByTimeAsync(600);
  const late = failure(acquire(pool));
  await vi.advanceTimersByTimeAsync(400);
  expect(await early).toMatchObject({ code: 'POOL_TIMEOUT' });
  expect(pool.counts().waiting).toBe(1);
  await vi.advanceTimersByTimeAsync(600);
  expect(pool.counts().waiting).toBe(0);
  expect(await late).toMatchObject({ code: 'POOL_TIMEOUT' });
  const patient = acquire(pool);
  pool.release(connection);
  expect(await patient).toBe(connection);
});

it('replaces what is of no use: idle, given back, or new', async () => {
  const pool = poolOf({ max: 1 });
  const first = await acquire(pool);
  pool.release(first);
  first.usable = false;
  expect(take(pool)).toBeUndefined();
  const second = await acquire(pool);
  const next = acquire(pool);
  second.usable = false;
  pool.release(second);
  expect((await next).number).toBe(3);
  expect(destroyed).toEqual([1, 2]);

  let asked = 0;
  const picky = poolOf({ max: 1, isUsable: () => ++asked > 1 });
  const answer = acquire(picky);
  await vi.advanceTimersByTimeAsync(1000);
  expect((await answer).number).toBe(5);
});

it('tells one for each failed attempt, and tries again for the others', async () => {
  const refusals = [new Error('down'), new Error('still down')];
  const pool = poolOf({
    max: 1,
    create: async () => {
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      return { number: 1, usable: true };
    },
  });
  const answers = [acquire(pool), acquire(pool), acquire(pool)].map((answer) =>
    answer.catch((error: Error) => error.message),
  );
  await vi.advanceTimersByTimeAsync(500);
  expect(await Promise.all(answers)).toEqual(['down', 'still down', { number: 1, usable: true }]);
});

it('tells those who have waited for a server that accepts nobody why, and not that all are in use', async () => {
  let attempts = 0;
  const pool = poolOf({
    max: 1,
    create: async () => {
      attempts++;
      throw new Error('down');
    },
  });
  const answers = Array.from({ length: 9 }, () => failure(acquire(pool)));
  await vi.advanceTimersByTimeAsync(1000);
  expect((await Promise.all(answers)).map(String)).toEqual(Array(9).fill('Error: down'));
  expect(attempts).toBeLessThan(9);
});

it('does not hammer a server that hangs up on everybody', async () => {
  const pool = poolOf({ max: 1, isUsable: () => false });
  const refused = failure(acquire(pool));
  await vi.advanceTimersByTimeAsync(1000);
  expect(await refused).toMatchObject({ code: 'POOL_TIMEOUT' });
  expect(made.length).toBeGreaterThan(1);
  expect(made.length).toBeLessThanOrEqual(6);
});

it('does not wait for ever for a connection that is not made', async () => {
  const silent = Promise.withResolvers<object>();
  const pool = poolOf({ max: 1, acquireTimeoutMs: 60_000, create: () => silent.promise });
  const first = failure(acquire(pool));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(String(await first)).toMatch(/silent/);
  expect(pool.counts()).toEqual({ used: 0, free: 0, waiting: 0 });
  silent.resolve({ number: 1, usable: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(destroyed).toEqual([1]);
});

it('closes what lies idle, from the oldest to the least that it keeps', async () => {
  const pool = poolOf({ max: 3, min: 1 });
  const [a, b, c] = await Promise.all([acquire(pool), acquire(pool), acquire(pool)]);
  for (const connection of [a, b, c]) pool.release(connection);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(take(pool)).toBe(c);
  pool.release(c);
  await vi.advanceTimersByTimeAsync(11_000);
  expect(destroyed).toEqual([1, 2]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(take(pool)).toBe(c);
});

it('closes: refuses who waits, and waits for what is in use or on its way', async () => {
  const late = Promise.withResolvers<object>();
  const opening = [Promise.resolve({ number: 1, usable: true }), late.promise];
  const pool = poolOf({ create: () => opening.shift()! });
  const used = await acquire(pool);
  const refused = failure(acquire(pool));
  const onClosed = vi.fn();
  const closing = pool.destroy().then(onClosed);
  expect(String(await refused)).toMatch(/pool is closed/);
  expect(String(await failure(acquire(pool)))).toMatch(/pool is closed/);
  pool.release(used);
  await vi.advanceTimersByTimeAsync(0);
  expect(onClosed).not.toHaveBeenCalled();
  expect(destroyed).toEqual([1]);
  late.resolve({ number: 2, usable: true });
  await closing;
  expect(destroyed).toEqual([1, 2]);
});

it('closes what is in use when it comes back', async () => {
  const pool = poolOf();
  const [used, idle] = await Promise.all([acquire(pool), acquire(pool)]);
  pool.release(idle);
  const onClosed = vi.fn();
  const closing = pool.destroy().then(onClosed);
  await vi.advanceTimersByTimeAsync(0);
  expect(onClosed).not.toHaveBeenCalled();
  expect(destroyed).toEqual([2]);
  pool.release(used);
  await closing;
  expect(destroyed).toEqual([2, 1]);
});

it('closes though a server does not say goodbye', async () => {
  const abort = vi.fn();
  const pool = poolOf({ destroy: () => new Promise(() => {}), abort });
  const connection = await acquire(pool);
  pool.release(connection);
  const closing = [pool.destroy(), pool.destroy()];
  await vi.advanceTimersByTimeAsync(4900);
  expect(abort).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(100);
  await Promise.all(closing);
  expect(abort).toHaveBeenCalledWith(connection);
});
