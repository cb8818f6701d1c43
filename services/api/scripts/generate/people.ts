import type { RoleName } from '../../src/permissions.ts';
import { normalizeTerm } from '../../src/search-terms.ts';
import { searchTerms } from '../../src/users/search.ts';
import type { UserRow } from '../../src/users/users.repository.ts';
import { createRandom, pick, pickWeighted, stableId } from './random.ts';

const FIRST =
  'Ada Alan Amina Andrea Anna Barbara Björn Carlos Chen Claude Dana David Dmitri Edsger Elena Emeka Fatima Frances Grace Hedy Hiroshi Ines Ivan Jean Joan José Karen Ken Lars Leila Linus Margaret Maria Mei Mohammed Nadia Niklaus Olga Omar Priya Radia Ravi Sara Sofía Søren Tim Uma Wei Yuki Zoë'.split(
    ' ',
  );
const LAST =
  'Allen Bauer Berners-Lee Brown Chen Clarke Cruz Dijkstra Dubois Engelbart Eriksen Fischer Franklin García Goldberg Gupta Hamilton Haddad Hopper Ito Ivanova Jansen Johnson Kapoor Kay Keller Kim Kowalski Lamarr Lamport Liskov Lovelace Martin Meyer Müller Nakamura Nguyen Novak Okafor Perlman Petrov Ritchie Rossi Sato Schmidt Silva Smith Tanaka Thompson Torvalds Turing Wang Weber Williams Wirth Yılmaz'.split(
    ' ',
  );
const DOMAINS = [
  ['example.com', 60],
  ['example.org', 25],
  ['example.net', 15],
] as const;
const ROLES: readonly (readonly [RoleName, number])[] = [
  ['viewer', 979],
  ['maintainer', 20],
  ['admin', 1],
];
const INACTIVE = 0.04;
const NEVER_SIGNED_IN = 0.2;
const YEARS_MS = 3 * 365 * 86_400_000;

/** Users by number. Each is a function of its number, so that entries of the audit log can name them all. */
export interface People {
  user(n: number): UserRow;
  id(n: number): string;
  email(n: number): string;
}

/** `run` keeps the addresses of several runs apart. */
export function createPeople(count: number, now: number, run: string): People {
  // In the order of their numbers, as they would have signed up.
  const createdAt = (n: number) => Math.floor(now - YEARS_MS + (n / count) * (YEARS_MS - 60_000));
  const id = (n: number) => stableId(`user ${run} ${n}`, createdAt(n));
  function named(n: number) {
    const random = createRandom(n * 2_654_435_761);
    const names = [pick(random, FIRST), pick(random, LAST)];
    if (random() < 0.1) names.splice(1, 0, pick(random, FIRST));
    const local = names.map((name) => ascii(name)).join('.');
    return { random, name: names.join(' '), email: `${local}.${run}${n}@${pickWeighted(random, DOMAINS)}` };
  }
  return {
    id,
    email: (n) => named(n).email,
    user(n) {
      const { random, name, email } = named(n);
      const created = createdAt(n);
      const signedIn = random() >= NEVER_SIGNED_IN;
      return {
        id: id(n),
        email,
        full_name: name,
        role: pickWeighted(random, ROLES),
        is_active: random() >= INACTIVE,
        must_change_password: !signedIn,
        // No password has this hash: nobody signs in as one of these.
        password_hash: '-',
        created_at: created,
        updated_at: created,
        last_login_at: signedIn ? Math.floor(created + random() * (now - created)) : null,
      };
    },
  };
}

function ascii(name: string): string {
  const plain = name.normalize('NFD').toLowerCase().replace(/ı/g, 'i').replace(/ø/g, 'o');
  return plain.replace(/[^a-z]/g, '');
}

export function userRows(user: UserRow) {
  const terms = searchTerms(user).map((term) => ({ term, user_id: user.id }));
  return { user: { ...user, name_key: normalizeTerm(user.full_name) }, terms };
}
