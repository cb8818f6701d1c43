import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { openRedis } from '../redis/redis.ts';
import { testRedis } from '../testing/redis.ts';
import { createLocalCounter, createSharedCounter } from './rate-counters.ts';

describe('the counter of one process', () => {
  test('counts each key in windows of its own, which begin with its first request', async () => {
    const step = fc.record({ pauseMs: fc.nat(400), key: fc.constantFrom('a', 'b', 'c') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        let now = 0;
        const counter = createLocalCounter(1000, { now: () => now });
        const model = new Map<string, { count: number; began: number }>();
        for (const { pauseMs, key } of steps) {
          now += pauseMs;
          const before = model.get(key);
          const goesOn = before && now < before.began + 1000;
          const after = goesOn ? { ...before, count: before.count + 1 } : { count: 1, began: now };
          model.set(key, after);
          expect(await counter.count(key)).toEqual({ count: after.count, leftMs: after.began + 1000 - now });
        }
      }),
    );
  });

  test('keeps no window that has ended, and never more than so many', async () => {
    let now = 0;
    const counter = createLocalCounter(1000, { maxKeys: 100, now: () => now });
    for (let i = 0; i < 1000; i++) await counter.count(`address ${i}`);
    expect(counter.size).toBe(100);
    expect((await counter.count('address 999')).count, 'the newest are kept').toBe(2);
    now = 1000;
    await counter.count('another');
    expect(counter.size).toBe(1);
  });
});

const config = testRedis();
describe.runIf(config)('the counter of all processes', () => {
  async function link(port = config!.port) {
    const one = openRedis(
      { ...config!, port },
      { log: pino({ level: 'silent' }), onFailure: () => undefined },
    );
    one.open();
    return one;
  }

  test('counts in Redis what several processes send at once, and begins anew after the window', async () => {
    const links = await Promise.all([link(), link()]);
    await vi.waitUntil(() => links.every((one) => one.state() === 'up'));
    const counters = links.map((one) => createSharedCounter(one, 500, createLocalCounter(500)));
    const key = randomUUID();
    const counts = await Promise.all(Array.from({ length: 100 }, (_, i) => counters[i % 2]!.count(key)));
    expect(counts.map(({ count }) => count).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    for (const { leftMs } of counts) expect(leftMs).toBeLessThanOrEqual(500);
    await vi.waitUntil(async () => (await counters[0]!.count(key)).count < 100, { timeout: 5000 });
    for (const one of links) one.close();
  });

  test('ends also a window that has lost its end', async () => {
    const one = await link();
    await vi.waitUntil(() => one.state() === 'up');
    const key = randomUUID();
    await one.ask((redis) => redis.set(`rate:${key}`, 7));
    const counter = createSharedCounter(one, 200, createLocalCounter(200));
    expect(await counter.count(key)).toEqual({ count: 8, leftMs: 200 });
    await vi.waitUntil(async () => (await counter.count(key)).count < 8, { timeout: 5000 });
    one.close();
  });

  test('goes on in this process while Redis is away', async () => {
    const away = await link(1);
    const counter = createSharedCounter(away, 60_000, createLocalCounter(60_000));
    for (let i = 1; i <= 3; i++) expect((await counter.count('key')).count).toBe(i);
    away.close();
  });
});
