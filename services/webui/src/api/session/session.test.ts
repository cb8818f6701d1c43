import { describe, expect, it } from 'vitest';
import { type Exchange, type Grant, Session, type SessionDeps, type SessionMessage } from './session.ts';

const grant = (accessToken: string, userId = 'ada'): Grant => ({ accessToken, userId, expiresIn: 900 });

/** A browser: tabs share one cookie, one lock and one channel; `answers` is what the API says to each exchange. */
function browser(options: { hint?: boolean; shareTokens?: boolean } = {}) {
  const tabs: Session[] = [];
  const pending: { resolve(result: Exchange): void }[] = [];
  const pauses: number[] = [];
  let lock: Promise<unknown> = Promise.resolve();
  let hint = options.hint ?? true;
  let running = 0;
  let exchanges = 0;
  let clock = 0;

  function openTab(): Session {
    const deps: SessionDeps = {
      exchange: () => {
        exchanges += 1;
        running += 1;
        expect(running, 'one exchange at a time in all tabs').toBe(1);
        return new Promise<Exchange>((resolve) => pending.push({ resolve })).finally(() => {
          running -= 1;
        });
      },
      exclusively: <T>(task: () => Promise<T>) => {
        const turn = lock.then(task);
        lock = turn.catch(() => undefined);
        return turn;
      },
      publish: (message: SessionMessage) => {
        if (message.type === 'granted' && options.shareTokens === false) return;
        for (const other of tabs) if (other !== tab) other.receive(message);
      },
      hint: {
        get: () => hint,
        set: (value) => {
          hint = value;
        },
      },
      now: () => clock,
      pause: async (ms) => {
        pauses.push(ms);
      },
    };
    const tab = new Session(deps);
    tabs.push(tab);
    return tab;
  }

  async function answer(result: Exchange): Promise<void> {
    await expect.poll(() => pending.length).toBeGreaterThan(0);
    pending.shift()?.resolve(result);
  }

  return {
    openTab,
    answer,
    pauses,
    advance: (ms: number) => {
      clock += ms;
    },
    exchanges: () => exchanges,
    hint: () => hint,
  };
}

const renewed = (token: string): Exchange => ({ kind: 'renewed', grant: grant(token) });

describe('renew', () => {
  it('makes one exchange for any number of parallel requests', async () => {
    const world = browser();
    const tab = world.openTab();
    tab.signIn(grant('t1'));
    const all = Promise.all(Array.from({ length: 20 }, () => tab.renew('t1')));
    await world.answer(renewed('t2'));
    expect(new Set(await all)).toEqual(new Set(['renewed']));
    expect(world.exchanges()).toBe(1);
    expect(tab.accessToken).toBe('t2');
  });

  it('needs no exchange when the token was replaced meanwhile', async () => {
    const world = browser();
    const tab = world.openTab();
    tab.signIn(grant('t2'));
    expect(await tab.renew('t1')).toBe('renewed');
    expect(world.exchanges()).toBe(0);
  });

  it('lets a second tab use what the first obtained', async () => {
    const world = browser();
    const [first, second] = [world.openTab(), world.openTab()];
    first.signIn(grant('t1'));
    const both = Promise.all([first.renew('t1'), second.renew('t1')]);
    await world.answer(renewed('t2'));
    expect(await both).toEqual(['renewed', 'renewed']);
    expect(world.exchanges()).toBe(1);
    expect(second.accessToken).toBe('t2');
  });

  it('takes turns across tabs even when tokens are not shared in time', async () => {
    const world = browser({ shareTokens: false });
    const [first, second] = [world.openTab(), world.openTab()];
    first.signIn(grant('a1'));
    second.signIn(grant('b1'));
    const both = Promise.all([first.renew('a1'), second.renew('b1')]);
    await world.answer(renewed('a2'));
    await world.answer(renewed('b2'));
    expect(await both).toEqual(['renewed', 'renewed']);
    expect([first.accessToken, second.accessToken]).toEqual(['a2', 'b2']);
  });

  it('keeps the session when the API cannot be reached', async () => {
    const world = browser();
    const tab = world.openTab();
    tab.signIn(grant('t1'));
    const outcome = tab.renew('t1');
    await world.answer({ kind: 'unreachable', reason: 'HTTP 502' });
    expect(await outcome).toBe('unreachable');
    expect(tab.getState().status).toBe('signed-in');
    expect(world.hint()).toBe(true);
  });

  it('ends the session in every tab when the API refuses', async () => {
    const world = browser();
    const [first, second] = [world.openTab(), world.openTab()];
    first.signIn(grant('t1'));
    const outcome = first.renew('t1');
    await world.answer({ kind: 'refused' });
    expect(await outcome).toBe('refused');
    expect([first.getState().status, second.getState().status]).toEqual(['signed-out', 'signed-out']);
    expect(world.hint()).toBe(false);
  });

  it('does not sign in again when somebody signs out during the exchange', async () => {
    const world = browser();
    const [first, second] = [world.openTab(), world.openTab()];
    first.signIn(grant('t1'));
    const outcome = first.renew('t1');
    await expect.poll(() => world.exchanges()).toBe(1);
    second.signOut();
    await world.answer(renewed('t2'));
    expect(await outcome).toBe('refused');
    expect(first.getState().status).toBe('signed-out');
  });
});

describe('restore', () => {
  it('asks nobody when there was no session', async () => {
    const world = browser({ hint: false });
    const tab = world.openTab();
    await tab.restore();
    expect(tab.getState().status).toBe('signed-out');
    expect(world.exchanges()).toBe(0);
  });

  it('tries until the API answers, with growing pauses', async () => {
    const world = browser();
    const tab = world.openTab();
    const done = tab.restore();
    for (let i = 0; i < 5; i += 1) await world.answer({ kind: 'unreachable', reason: 'down' });
    await world.answer(renewed('t1'));
    await done;
    expect(tab.accessToken).toBe('t1');
    expect(world.pauses).toEqual([1000, 2000, 4000, 8000, 8000]);
  });
});

it('calls a token stale shortly before it expires', () => {
  const world = browser();
  const tab = world.openTab();
  tab.signIn(grant('t1'));
  world.advance(884_000);
  expect(tab.isStale).toBe(false);
  world.advance(1000);
  expect(tab.isStale).toBe(true);
});

describe('signing out', () => {
  it('keeps the token to tell the API with, and a renewed one too', () => {
    const tab = browser().openTab();
    tab.signIn(grant('t1'));
    tab.beginSignOut();
    expect(tab.getState().status).toBe('signing-out');
    expect(tab.accessToken).toBe('t1');
    tab.receive({ type: 'granted', grant: grant('t2') });
    expect(tab.getState()).toMatchObject({ status: 'signing-out', accessToken: 't2' });
    tab.signOut();
    expect(tab.getState().status).toBe('signed-out');
  });

  it('goes back to being signed in when the API could not be told', () => {
    const tab = browser().openTab();
    tab.signIn(grant('t1'));
    tab.beginSignOut();
    tab.abandonSignOut();
    expect(tab.getState()).toMatchObject({ status: 'signed-in', accessToken: 't1' });
  });

  it('does nothing to a tab that is signed out', () => {
    const tab = browser({ hint: false }).openTab();
    tab.signOut();
    tab.beginSignOut();
    tab.abandonSignOut();
    expect(tab.getState().status).toBe('signed-out');
  });
});
