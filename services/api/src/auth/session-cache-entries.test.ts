import { describe, expect, test } from 'vitest';
import { createSimulatedServer } from '../testing/simulated-store.ts';
import { createSimulation } from '../testing/simulation.ts';
import { createSessionCache, LEASE_MS, MAX_SKEW_MS } from './session-cache.ts';
import { createSessionSeal, type KnownSession } from './session-seal.ts';

const session = (version: number): KnownSession => ({
  session_id: 'S',
  user_id: 'U',
  email: 'u@example.com',
  role: String(version),
  expires_at: Number.MAX_SAFE_INTEGER,
  last_write_at: null,
});

describe('a cached session', () => {
  const simulation = createSimulation([]);
  const store = createSimulatedServer(simulation, false).connect();
  const outcomes: string[] = [];
  let skewedMs = 0;
  const cache = createSessionCache({
    store,
    seal: createSessionSeal([{ secret: 'of the tests only' }]),
    watch: { looked: (outcome) => void outcomes.push(outcome), forgetsWaited: () => undefined },
    clock: { ...simulation, wall: () => simulation.now() + skewedMs },
  });
  const nobody = async () => undefined;

  test('that has expired is looked up in the database', async () => {
    await simulation.run(async () => {
      await cache.find('U', 'old', async () => ({ ...session(1), expires_at: simulation.now() }));
      expect(await cache.find('U', 'old', nobody)).toBeUndefined();
      expect(outcomes.splice(0)).toEqual(['miss', 'miss']);
    });
  });

  test('does not count for another user', async () => {
    await simulation.run(async () => {
      await cache.find('V', 'S', async () => session(1));
      expect(await cache.find('V', 'S', nobody)).toBeUndefined();
    });
  });

  test('that nobody has signed is as if it were not there, but is counted', async () => {
    await simulation.run(async () => {
      await store.fill('U', 'planted', await store.begin('U', LEASE_MS), JSON.stringify(session(8)));
      outcomes.length = 0;
      expect((await cache.find('U', 'planted', async () => session(7)))?.role).toBe('7');
      expect(outcomes.splice(0)).toEqual(['refused']);
      expect((await cache.find('U', 'planted', nobody))?.role, 'it is replaced').toBe('7');
    });
  });

  test.each([
    ['fast by what is allowed', LEASE_MS + MAX_SKEW_MS, 'hit'],
    ['too fast', LEASE_MS + MAX_SKEW_MS + 1, 'refused'],
    ['slow by what is allowed', -MAX_SKEW_MS, 'hit'],
    ['too slow', -MAX_SKEW_MS - 1, 'refused'],
  ])('is read by a process whose clock is %s', async (_, skewMs, outcome) => {
    await simulation.run(async () => {
      skewedMs = 0;
      await cache.forget('U');
      await cache.find('U', 'S', async () => session(1));
      outcomes.length = 0;
      skewedMs = skewMs;
      await cache.find('U', 'S', nobody);
      expect(outcomes).toEqual([outcome]);
    });
  });
});
