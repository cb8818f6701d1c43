import { connectivity } from '../connectivity.ts';
import { isUnreachable, readProblem } from '../problem.ts';
import type { components } from '../schema.gen.ts';
import { type Exchange, type Grant, Session, type SessionMessage } from './session.ts';

type TokenReply = components['schemas']['Tokens'];

/** Tells the API that a page of ours asks, not a form of another site: it then uses the cookie. */
export const BROWSER_HEADER = { 'X-Requested-With': 'tripod-webui' };

const HINT_KEY = 'tripod.session';

const channel = new BroadcastChannel('tripod.session');

export function toGrant(reply: TokenReply): Grant {
  return { accessToken: reply.access_token, userId: reply.user.id, expiresIn: reply.expires_in };
}

async function exchange(): Promise<Exchange> {
  try {
    // keepalive: a reload in this moment must not lose the cookie that replaces the spent one.
    const response = await fetch('/api/v1/auth/refresh', {
      method: 'POST',
      headers: { ...BROWSER_HEADER, 'Content-Type': 'application/json' },
      body: '{}',
      keepalive: true,
    });
    if (response.ok) {
      connectivity.reached();
      return { kind: 'renewed', grant: toGrant((await response.json()) as TokenReply) };
    }
    const problem = await readProblem(response);
    if (isUnreachable(response.status, problem.code) || response.status >= 500 || response.status === 429) {
      connectivity.lost(problem.detail);
      return { kind: 'unreachable', reason: problem.detail };
    }
    connectivity.reached();
    return { kind: 'refused' };
  } catch (error) {
    connectivity.lost('No connection to the server.');
    return { kind: 'unreachable', reason: String(error) };
  }
}

function exclusively<T>(task: () => Promise<T>): Promise<T> {
  // Web Locks exist in secure contexts only (HTTPS, localhost). Elsewhere tabs still share tokens by the channel.
  if (!('locks' in navigator)) return task();
  return navigator.locks.request('tripod.refresh', task) as Promise<T>;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener('online', done);
  });
}

export const session = new Session({
  exchange,
  exclusively,
  publish: (message) => channel.postMessage(message),
  hint: {
    get: () => localStorage.getItem(HINT_KEY) !== null,
    set: (value) => (value ? localStorage.setItem(HINT_KEY, '1') : localStorage.removeItem(HINT_KEY)),
  },
  now: () => performance.now(),
  pause,
});

channel.addEventListener('message', (event: MessageEvent<SessionMessage>) => session.receive(event.data));
