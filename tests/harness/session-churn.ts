import { randomUUID } from 'node:crypto';
import type { Stack } from '../../scripts/processes/stack.ts';
import { type Client, PASSWORD, signIn, signInAdmin } from './client.ts';
import { ok, type Reply } from './http.ts';

/** Where the ways to end a session begin: a user, with another session where it needs one, and an administrator at the same API. */
interface Round {
  admin: Client;
  user: Client;
  other: Client;
}

const patch =
  (body: object) =>
  async ({ admin, user }: Round) => {
    ok(await admin.send('PATCH', `/users/${user.login.user.id}`, { body }));
  };

/** What ends `user`'s session for good. Each resolves with the acknowledgement. */
export const ENDINGS = {
  logout: async ({ user }: Round) => void ok(await user.send('POST', '/auth/logout'), 204),
  'ended by the user': async ({ user, other }: Round) => {
    const { session_id } = await user.get<{ session_id: string }>('/auth/me');
    ok(await other.send('DELETE', `/auth/sessions/${session_id}`), 204);
  },
  'password change': async ({ other }: Round) => {
    const body = { current_password: PASSWORD, new_password: `${PASSWORD}-2` };
    ok(await other.send('PUT', '/users/me/password', { body }), 204);
  },
  'password reset': patch({ password: `${PASSWORD}-3` }),
  'change of role': patch({ role: 'maintainer' }),
  deactivation: patch({ is_active: false }),
  deletion: async ({ admin, user }: Round) =>
    void ok(await admin.send('DELETE', `/users/${user.login.user.id}`), 204),
  'reuse of a refresh token': async ({ user }: Round) => {
    const refresh = (token: string) =>
      user.send<{ refresh_token: string }>('POST', '/auth/refresh', { body: { refresh_token: token } });
    const next = ok(await refresh(user.login.refresh_token));
    ok(await refresh(next.refresh_token));
    ok<unknown>(await refresh(user.login.refresh_token), 401);
  },
} satisfies Record<string, (round: Round) => Promise<void>>;
export type Ending = keyof typeof ENDINGS;
const WITH_ANOTHER: Ending[] = ['ended by the user', 'password change'];

const BUDGET_MS = 5_000;

export interface ChurnReport {
  rounds: number;
  requests: number;
  /** Replies that accepted a session whose end had been acknowledged before the request was sent. */
  wrong: string[];
  /** Replies that were neither an answer nor a refusal of the session. */
  errors: string[];
  /** Milliseconds of every request that changes nothing, and of every change. */
  readMs: number[];
  changeMs: number[];
}

interface ChurnOptions {
  /** So many rounds at least, however long they take: the machine may be busy. */
  atLeast: number;
  /** And so many more as there is time for. */
  atMost?: number;
  endings?: Ending[];
  /** Requests under way for each session and API, to keep its cache warm. */
  warmth?: number;
}

/** Round after round: a user signs in, both APIs serve him without pause, one ends his session, both must know. */
export async function churn(stack: Stack, options: ChurnOptions): Promise<ChurnReport> {
  const { atLeast, atMost = atLeast, endings = Object.keys(ENDINGS) as Ending[], warmth = 2 } = options;
  const enough = performance.now() + BUDGET_MS;
  const goOn = (round: number) => round < atLeast || (round < atMost && performance.now() < enough);
  const report: ChurnReport = { rounds: 0, requests: 0, wrong: [], errors: [], readMs: [], changeMs: [] };
  const bases = stack.apis.map((api) => `http://${api.listen.http}`);
  const admin = await signInAdmin(stack);
  for (; goOn(report.rounds); report.rounds++) {
    const ending = endings[report.rounds % endings.length]!;
    const here = bases[report.rounds % bases.length]!;
    const email = `${randomUUID()}@example.com`;
    await admin.at(here).createUser(email, 'viewer');
    const user = await signIn(here, email);
    // Each sign-in costs a password hash.
    const other = WITH_ANOTHER.includes(ending) ? await signIn(here, email) : user;
    const round = { admin: admin.at(here), user, other };
    await oneRound(round, ending, bases, warmth, report);
  }
  return report;
}

async function oneRound(round: Round, ending: Ending, bases: string[], warmth: number, report: ChurnReport) {
  let ended = false;
  let stop = false;
  async function ask(base: string): Promise<Reply<unknown>> {
    const owed = ended;
    const began = performance.now();
    const reply = await round.user.at(base).send('GET', '/auth/sessions');
    report.requests += 1;
    report.readMs.push(performance.now() - began);
    if (owed && reply.status !== 401) report.wrong.push(`${reply.status} after ${ending}`);
    if (reply.status !== 200 && reply.status !== 401) report.errors.push(`${reply.status} ${reply.text}`);
    return reply;
  }
  async function keepWarm(base: string): Promise<void> {
    while (!stop) await ask(base);
  }
  for (const base of bases) await ask(base);
  const warm = bases.flatMap((base) => Array.from({ length: warmth }, () => keepWarm(base)));
  const began = performance.now();
  try {
    await ENDINGS[ending](round);
    ended = true;
    report.changeMs.push(performance.now() - began);
    // The next requests, of which one at least is sent after the acknowledgement, on every API.
    for (let i = 0; i < 3; i++) await Promise.all(bases.map(ask));
  } catch (error) {
    report.errors.push(`${ending}: ${(error as Error).message}`);
  } finally {
    stop = true;
    await Promise.all(warm);
  }
}

/** The value below which this part of the samples lies. */
export function quantile(samples: number[], part: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
