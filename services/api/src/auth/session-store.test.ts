import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openRedis, type RedisLink } from '../redis/redis.ts';
import type { ScriptedRedis } from '../redis/scripts.ts';
import { testRedis } from '../testing/redis.ts';
import { createSimulatedServer } from '../testing/simulated-store.ts';
import { createSimulation } from '../testing/simulation.ts';
import { createSessionCache, LEASE_MS, MAX_SKEW_MS } from './session-cache.ts';
import { createSessionSeal, type KnownSession } from './session-seal.ts';
import type { SessionStore } from './session-store.ts';
import { createSessionStore } from './session-store.ts';
import { describeSessionStore } from './session-store-contract.ts';

describeSessionStore('the model', () => {
  const simulation = createSimulation([]);
  return inSimulation(simulation, createSimulatedServer(simulation, false).connect());
});

/** Each call as a simulation of its own, for a caller who knows nothing of steps. */
function inSimulation(simulation: ReturnType<typeof createSimulation>, store: SessionStore): SessionStore {
  let before: Promise<unknown> = Promise.resolve();
  const alone =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      const answer = before.then(async () => {
        let result: R;
        await simulation.run(async () => {
          result = await call(...args);
        });
        return result!;
      });
      before = answer;
      return answer;
    };
  return {
    lookup: alone(store.lookup),
    begin: alone(store.begin),
    fill: alone(store.fill),
    tear: alone(store.tear),
  };
}

const config = testRedis();
// Without one, redis.test.ts says how to get it.
if (config) {
  let link: RedisLink;
  beforeAll(async () => {
    link = openRedis(config, { log: pino({ level: 'silent' }), onFailure: () => undefined });
    link.open();
    await vi.waitUntil(() => link.state() === 'up');
  });
  afterAll(() => link?.close());
  describeSessionStore('Redis', () => createSessionStore(link));

  describe('in Redis', () => {
    test('an entry expires a lease after its ticket, and a stamp some time after its use', async () => {
      const store = createSessionStore(link);
      const [user, session] = [randomUUID(), randomUUID()];
      await store.fill(user, session, await store.begin(user, 5000), 'entry');
      const left = (kind: string, id: string) => link.ask((redis, run) => redis.pttl(`${kind}:${run}:${id}`));
      expect(await left('session', session)).toBeGreaterThan(0);
      expect(await left('session', session)).toBeLessThanOrEqual(5000);
      expect(await left('stamp', user)).toBeGreaterThan(5000);
      await store.tear(user);
    });

    describe('what somebody plants who can write there', () => {
      const person = (user: string, role: string): KnownSession => ({
        session_id: `session of ${user}`,
        user_id: user,
        email: `${role}@example.com`,
        role,
        expires_at: Number.MAX_SAFE_INTEGER,
        last_write_at: null,
      });
      const command = <T>(run: (redis: ScriptedRedis, run: string) => Promise<T>) => link.ask(run);
      const entryOf = (user: string) =>
        command((redis, run) => redis.get(`session:${run}:session of ${user}`)) as Promise<string>;
      const plant = (user: string, value: string) =>
        command((redis, run) => redis.set(`session:${run}:session of ${user}`, value, 'PX', 60_000));
      const stampOf = (user: string) =>
        command((redis, run) => redis.get(`stamp:${run}:${user}`)) as Promise<string>;

      /** A process whose database knows an administrator and a viewer, both cached by another process. */
      async function raise() {
        const [admin, viewer] = [randomUUID(), randomUUID()];
        const outcomes: string[] = [];
        const clock = { fastMs: 0 };
        const cacheOf = (keys: { secret: string }[]) =>
          createSessionCache({
            store: createSessionStore(link),
            seal: createSessionSeal(keys),
            watch: { looked: (outcome) => void outcomes.push(outcome), forgetsWaited: () => undefined },
            clock: {
              now: () => performance.now(),
              wall: () => Date.now() + clock.fastMs,
              sleep: async () => undefined,
            },
          });
        const ours = [{ secret: 'known to the processes of the API' }];
        const [one, other] = [cacheOf(ours), cacheOf(ours)];
        const find = async (user: string, role: string, cache = other) => {
          outcomes.length = 0;
          const found = await cache.find(user, `session of ${user}`, async () => person(user, role));
          return [found?.role, ...outcomes];
        };
        for (const [user, role] of [
          [admin, 'admin'],
          [viewer, 'viewer'],
        ] as const) {
          await find(user, role, one);
          // What the first one wrote is read by the second one.
          await vi.waitUntil(async () => (await find(user, role)).includes('hit'));
        }
        return { admin, viewer, find, cacheOf, clock };
      }

      test('another role in an entry is refused', async () => {
        const { viewer, find } = await raise();
        await plant(viewer, (await entryOf(viewer)).replace('"role":"viewer"', '"role":"admin"'));
        expect(await find(viewer, 'viewer')).toEqual(['viewer', 'refused']);
      });

      test('an entry made without the keys is refused', async () => {
        const { viewer, find, cacheOf } = await raise();
        await plant(viewer, (await stampOf(viewer)) + JSON.stringify(person(viewer, 'admin')));
        expect(await find(viewer, 'viewer')).toEqual(['viewer', 'refused']);
        const stranger = cacheOf([{ secret: 'guessed' }]);
        await command((redis, run) => redis.del(`session:${run}:session of ${viewer}`));
        await find(viewer, 'admin', stranger);
        await vi.waitUntil(async () => (await entryOf(viewer)) !== null);
        expect(await find(viewer, 'viewer')).toEqual(['viewer', 'refused']);
      });

      test('the entry of somebody else is refused, under his stamp too', async () => {
        const { admin, viewer, find } = await raise();
        const stamp = await stampOf(admin);
        await command((redis, run) => redis.set(`stamp:${run}:${viewer}`, stamp));
        await plant(viewer, await entryOf(admin));
        expect(await find(viewer, 'viewer')).toEqual(['viewer', 'refused']);
      });

      test('an entry that was destroyed is good for the lease and the difference of clocks, and no longer', async () => {
        const { admin, find, clock } = await raise();
        const [entry, stamp] = [await entryOf(admin), await stampOf(admin)];
        await createSessionStore(link).tear(admin);
        await plant(admin, entry);
        await command((redis, run) => redis.set(`stamp:${run}:${admin}`, stamp, 'PX', 60_000));
        expect(await find(admin, 'viewer'), 'what remains possible').toEqual(['admin', 'hit']);
        clock.fastMs = LEASE_MS + MAX_SKEW_MS + 1;
        expect(await find(admin, 'viewer')).toEqual(['viewer', 'refused']);
      });
    });
  });
}
