import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { LiveSession } from './sessions.repository.ts';

/** A session as requests need it: with what only a read replica makes necessary. */
export interface KnownSession extends LiveSession {
  last_write_at: number | null;
}

/** Where an entry belongs. It is worth nothing anywhere else. */
export interface EntryPlace {
  readonly userId: string;
  readonly sessionId: string;
  readonly stamp: string;
}

/** Makes entries that only who holds the signing keys of the access tokens can make: Redis is not one of them. */
export interface SessionSeal {
  /** The entry of a session, good until `untilMs` (epoch). */
  close(place: EntryPlace, session: KnownSession, untilMs: number): string;
  /** What close() was given, and until when; undefined unless it was for this place. Do not change what it answers. */
  open(place: EntryPlace, entry: string): Opened | undefined;
}

interface Opened {
  readonly session: Readonly<KnownSession>;
  readonly untilMs: number;
}

interface Known extends EntryPlace, Opened {
  readonly entry: string;
}

/** An entry is read many times before the next one replaces it. So many are remembered as opened. */
const MAX_OPENED = 10_000;
const KEY_USE = 'tripod session cache v1';
const ALGORITHM = 'sha256';
/** Of 32 bytes in base64url. */
const SIGNATURE_LENGTH = 43;

/** The first key signs and all verify, as with access tokens, so that a rotation finds the entries that are there. */
export function createSessionSeal(jwtKeys: readonly { secret: string }[]): SessionSeal {
  // Keys of their own: what is signed here must be no token, and no token an entry.
  const keys = jwtKeys.map(({ secret }) => Buffer.from(hkdfSync(ALGORITHM, secret, '', KEY_USE, 32)));
  // By session, the one that was written longest ago first.
  const opened = new Map<string, Known>();

  function remember(known: Known): Known {
    opened.delete(known.sessionId);
    if (opened.size >= MAX_OPENED) opened.delete(opened.keys().next().value!);
    opened.set(known.sessionId, known);
    return known;
  }

  return {
    close(place, session, untilMs) {
      const body = `${untilMs}${JSON.stringify(session)}`;
      return sign(keys[0]!, place, body).toString('base64url') + body;
    },
    open(place, entry) {
      const known = opened.get(place.sessionId);
      if (known && known.entry === entry && known.stamp === place.stamp && known.userId === place.userId)
        return known;
      const signature = Buffer.from(entry.slice(0, SIGNATURE_LENGTH), 'base64url');
      const body = entry.slice(SIGNATURE_LENGTH);
      if (!keys.some((key) => isEqual(sign(key, place, body), signature))) return undefined;
      // It is ours to the letter, so it is as close() wrote it.
      const json = body.indexOf('{');
      const session: KnownSession = JSON.parse(body.slice(json));
      return remember({ ...place, entry, session, untilMs: Number(body.slice(0, json)) });
    },
  };
}

/** JSON keeps the parts apart: the stamp is whatever Redis says, and must not reach into the body. */
function sign(key: Buffer, { userId, sessionId, stamp }: EntryPlace, body: string): Buffer {
  return createHmac(ALGORITHM, key)
    .update(JSON.stringify([userId, sessionId, stamp, body]))
    .digest();
}

function isEqual(expected: Buffer, given: Buffer): boolean {
  return expected.length === given.length && timingSafeEqual(expected, given);
}
