import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSimulatedServer, type SimulatedServer } from '../testing/simulated-store.ts';
import { createSimulation, type Simulation } from '../testing/simulation.ts';
import { createSessionCache, LEASE_MS, MAX_SKEW_MS, type SessionCache } from './session-cache.ts';
import { createSessionSeal, type KnownSession, type SessionSeal } from './session-seal.ts';
import type { SessionStore } from './session-store.ts';

/** One session of one user; `version` is what changes about him. */
const session = (version: number): KnownSession => ({
  session_id: 'S',
  user_id: 'U',
  email: 'u@example.com',
  role: String(version),
  expires_at: Number.MAX_SAFE_INTEGER,
  last_write_at: null,
});

const seal = createSessionSeal([{ secret: 'of the tests only' }]);

/** As long as an intruder in Redis can make somebody pass for what he was, where the clocks agree. */
const REPLAY_MS = LEASE_MS + MAX_SKEW_MS;

const MISFORTUNES = [
  'pause',
  'long pause',
  'flush',
  'eviction',
  'snapshot',
  'restart from the snapshot',
  'restart with nothing',
  'hang',
  'cut link',
] as const;
type Misfortune = (typeof MISFORTUNES)[number] | 'intrusion';

interface Variant {
  /** The store of a process, made worse. */
  store?: (server: SimulatedServer, link: { cut: boolean }) => SessionStore;
  clock?: (simulation: Simulation) => Simulation;
  seal?: (simulation: Simulation) => SessionSeal;
  /** The only ones that happen; any but intrusion by default. */
  misfortunes?: Misfortune[];
  /** What was acknowledged must be seen by everybody so much later; at once by default. */
  withinMs?: number;
}

/** Three processes, a database and a Redis. Answers the first reply that was older than what had been acknowledged. */
async function violation(
  choices: Iterable<number>,
  { store, clock, misfortunes, withinMs = 0, ...variant }: Variant = {},
): Promise<string | null> {
  const simulation = createSimulation(choices);
  const server = createSimulatedServer(simulation, simulation.choose(3) > 0);
  const links = [{ cut: false }, { cut: false }, { cut: false }];
  const caches = links.map((link) => {
    return createSessionCache({
      store: store ? store(server, link) : server.connect({}, link),
      seal: variant.seal?.(simulation) ?? seal,
      clock: clockOf(clock?.(simulation) ?? simulation),
    });
  });
  let committed = 0;
  const acknowledged = [{ version: 0, at: Number.NEGATIVE_INFINITY }];
  const owedNow = () =>
    Math.max(
      ...acknowledged.filter(({ at }) => at <= simulation.now() - withinMs).map(({ version }) => version),
    );
  let found: string | null = null;

  const reader = (cache: SessionCache) =>
    async function read() {
      for (let i = 0; i < 4; i++) {
        await simulation.step();
        const owed = owedNow();
        const seen = await cache.find('U', 'S', async () => {
          await simulation.step();
          const read = committed;
          await simulation.step();
          return session(read);
        });
        if (Number(seen?.role) < owed) found ??= `saw ${seen?.role} after ${owed} was acknowledged`;
      }
    };
  const writer = (cache: SessionCache) =>
    async function write() {
      for (let i = 0; i < 2; i++) {
        await simulation.step();
        const mine = ++committed;
        await cache.forget('U');
        acknowledged.push({ version: mine, at: simulation.now() });
      }
    };
  async function misfortune() {
    const happen: Record<Misfortune, () => void> = {
      pause: () => simulation.advance(LEASE_MS / 2),
      'long pause': () => simulation.advance(2 * LEASE_MS),
      flush: server.flush,
      eviction: server.evict,
      snapshot: server.saveSnapshot,
      'restart from the snapshot': () => server.restart('snapshot'),
      'restart with nothing': () => server.restart('nothing'),
      hang: server.toggleHang,
      intrusion: server.intrude,
      'cut link': () => toggle(links[simulation.choose(links.length)]!),
    };
    // A few kinds in each run: a mixture of all of them hides what two of them do together.
    const kinds = misfortunes ?? MISFORTUNES.filter(() => simulation.choose(3) === 0);
    for (let i = 0; i < 8 && kinds.length > 0; i++) {
      await simulation.step();
      happen[kinds[simulation.choose(kinds.length)]!]();
    }
  }
  const [a, b, c] = caches as [SessionCache, SessionCache, SessionCache];
  await simulation.run(reader(a), reader(b), reader(b), writer(a), writer(c), misfortune);
  return found;
}

const choices = fc.uint8Array({ minLength: 100, maxLength: 400, size: 'max' });
const holds = (variant?: Variant) =>
  fc.asyncProperty(choices, async (given) => {
    expect(await violation(given, variant)).toBeNull();
  });

describe('the protocol of the session cache', () => {
  test('never answers what an acknowledged change has ended, in any order of steps and faults', async () => {
    await fc.assert(holds(), { numRuns: 2000 });
  });

  const intruded: Variant = { misfortunes: ['intrusion', 'pause', 'long pause'], withinMs: REPLAY_MS + 1 };

  test('never answers what was ended long ago, whatever somebody who can write to Redis brings back', async () => {
    await fc.assert(holds(intruded), { numRuns: 2000 });
  });

  const shortcuts: Record<string, Variant> = {
    'entries that do not say when they end': {
      ...intruded,
      seal: (simulation) => ({ ...seal, open: (...of) => endless(seal.open(...of), simulation) }),
    },
    'entries that are deleted instead of stamps': {
      store: (server, link) => server.connect({ noStamps: true }, link),
      misfortunes: [],
    },
    'a lease that begins when the entry is written': {
      store: (server, link) => server.connect({ relativeLease: true }, link),
      misfortunes: ['cut link', 'long pause'],
    },
    'keys that outlive the life of the server': {
      store: (server, link) => server.connect({ oneLife: true }, link),
      misfortunes: ['snapshot', 'restart from the snapshot'],
    },
    'a forget() that does not wait': { clock: impatient, misfortunes: ['cut link'] },
    'a stamp that is taken after the database was asked': {
      store: (server, link) => lateStamps(server.connect({}, link)),
      seal: stampless,
      misfortunes: [],
    },
  };
  test.each(Object.entries(shortcuts))(
    'needs each of its parts: without it, %s is found wrong',
    async (_, variant) => {
      const { counterexample } = await fc.check(holds(variant), {
        numRuns: 5000,
        seed: 1,
        endOnFailure: true,
      });
      expect(counterexample && (await violation(counterexample[0], variant))).toContain('acknowledged');
    },
  );

  test('asks the database once per lease while nothing changes and nothing fails', async () => {
    const simulation = createSimulation([]);
    const store = createSimulatedServer(simulation, false).connect();
    const cache = createSessionCache({ store, seal, clock: clockOf(simulation) });
    let asked = 0;
    const load = async () => session(++asked);
    await simulation.run(async () => {
      for (let i = 0; i < 20; i++) await cache.find('U', 'S', load);
      expect(asked).toBe(1);
      simulation.advance(LEASE_MS);
      for (let i = 0; i < 20; i++) await cache.find('U', 'S', load);
      expect(asked).toBe(2);
      await cache.forget('U');
      expect((await cache.find('U', 'S', load))?.role).toBe('3');
    });
  });
});

function clockOf(simulation: Simulation) {
  return { ...simulation, wall: simulation.now };
}

/** Its entries are good under any stamp. */
function stampless(): SessionSeal {
  return {
    close: (place, ...what) => seal.close({ ...place, stamp: '' }, ...what),
    open: (place, entry) => seal.open({ ...place, stamp: '' }, entry),
  };
}

/** As if it ended now, whenever that is. */
function endless(opened: ReturnType<SessionSeal['open']>, simulation: Simulation) {
  return opened && { ...opened, untilMs: simulation.now() };
}

function toggle(link: { cut: boolean }): void {
  link.cut = !link.cut;
}

/** For it the lease is over at once. */
function impatient(simulation: Simulation): Simulation {
  let hours = 0;
  return { ...simulation, now: () => ++hours * 3_600_000 };
}

function lateStamps(store: SessionStore): SessionStore {
  return {
    ...store,
    begin: async () => ({ stamp: '', deadlineMs: 0, run: '' }),
    fill: async (userId, sessionId, _ticket, entry) =>
      store.fill(userId, sessionId, await store.begin(userId, LEASE_MS), entry),
  };
}
