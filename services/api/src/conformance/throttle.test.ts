import { expect, it } from 'vitest';
import { createThrottle, deleteEndedWindows } from '../auth/throttle.ts';
import { onEachDatabase, type Subject } from './each-database.ts';
import { unique } from './samples.ts';

/** More than any test here counts. */
const UNREACHED = 100_000;
let address = 0;
const nextAddress = () => `192.0.2.${++address}`;

async function counts(subject: Subject, ip: string): Promise<number[]> {
  const rows = subject.db
    .knex('login_failures')
    .where('throttle_key', 'like', `%:${ip}`)
    .orderBy('throttle_key');
  return (await rows.pluck('failures')).map(Number);
}

const begin = (subject: Subject, login: string, ip: string, limit = UNREACHED) => {
  const config = { ...subject.ctx.config, AUTH_RATE_LIMIT: limit };
  return createThrottle({ db: subject.db, config }).begin(login, ip, false);
};

onEachDatabase('the login throttle', (subject) => {
  it('counts forty attempts that come at once exactly: the first of them makes the row', async () => {
    const [login, ip] = [unique(), nextAddress()];
    await Promise.all(Array.from({ length: 40 }, () => begin(subject, login, ip)));
    // Of this account from here, and of this address.
    expect(await counts(subject, ip)).toEqual([40, 40]);
  });

  it('counts exactly when two keys meet in every order', async () => {
    const ips = [nextAddress(), nextAddress()];
    const logins = [unique(), unique()];
    const attempts = Array.from({ length: 40 }, (_, n) => begin(subject, logins[n % 2]!, ips[(n >> 1) % 2]!));
    await Promise.all(attempts);
    expect(await counts(subject, ips[0]!)).toEqual([10, 10, 20]);
    expect(await counts(subject, ips[1]!)).toEqual([10, 10, 20]);
  });

  it('gives back exactly, also at once', async () => {
    const [login, ip] = [unique(), nextAddress()];
    const attempts = await Promise.all(Array.from({ length: 20 }, () => begin(subject, login, ip)));
    await Promise.all(attempts.slice(0, 15).map((attempt) => attempt.withdrawn()));
    expect(await counts(subject, ip)).toEqual([5, 5]);
    await attempts[19]!.succeeded();
    // The account's own count is forgotten, the shared one goes down by one.
    expect(await counts(subject, ip)).toEqual([4]);
  });

  it('begins anew when the window has ended, and forgets windows that have', async () => {
    const [login, ip] = [unique(), nextAddress()];
    await Promise.all([begin(subject, login, ip), begin(subject, login, ip)]);
    const mine = () => subject.db.knex('login_failures').where('throttle_key', 'like', `%:${ip}`);
    await mine().update({ window_ends_at: Date.now() - 1 });
    await begin(subject, login, ip);
    expect(await counts(subject, ip)).toEqual([1, 1]);
    const [ends] = await mine().orderBy('window_ends_at').pluck('window_ends_at');
    await deleteEndedWindows(subject.db.knex, Number(ends) - 1);
    expect(await counts(subject, ip)).toEqual([1, 1]);
    await deleteEndedWindows(subject.db.knex, Number(ends) + 1000);
    expect(await counts(subject, ip)).toEqual([]);
  });

  it('lets exactly as many pass of thirty that come at once, and refused ones leave no trace', async () => {
    const [login, ip] = [unique(), nextAddress()];
    const results = await Promise.allSettled(Array.from({ length: 30 }, () => begin(subject, login, ip, 4)));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => reason.code)).toEqual(Array(26).fill('too_many_attempts'));
    expect(await counts(subject, ip)).toEqual([4, 4]);
  });
});
