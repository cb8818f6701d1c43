import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSessionSeal, type EntryPlace, type KnownSession } from './session-seal.ts';

const OLD = { secret: 'the old secret of the tests, long enough' };
const NEW = { secret: 'the new secret of the tests, long enough' };
const place: EntryPlace = { userId: 'U', sessionId: 'S', stamp: 'stamp' };
const session: KnownSession = {
  session_id: 'S',
  user_id: 'U',
  email: 'ü{"@example.com',
  role: 'viewer',
  expires_at: 5,
  last_write_at: null,
};
const entry = createSessionSeal([OLD]).close(place, session, 1234);

/** One that has opened it before, and one that has not: both must see the same. */
const readers = [createSessionSeal([OLD]), createSessionSeal([OLD])];
readers[0]!.open(place, entry);

describe.each([
  ['opened before', readers[0]!],
  ['seen for the first time', readers[1]!],
])('a sealed entry, %s', (_, seal) => {
  test.each([
    ['user', { userId: 'V' }],
    ['session', { sessionId: 'T' }],
    ['stamp', { stamp: 'another' }],
  ])('is nothing for another %s', (_, other) => {
    expect(seal.open({ ...place, ...other }, entry)).toBeUndefined();
  });

  test('is nothing when one character of it is another one, or gone', () => {
    for (let i = 0; i < entry.length; i++) {
      // The last character of a signature has bits that no byte needs.
      const other = entry[i] === 'x' ? 'Q' : 'x';
      expect(seal.open(place, entry.slice(0, i) + other + entry.slice(i + 1)), `at ${i}`).toBeUndefined();
      expect(seal.open(place, entry.slice(0, i) + entry.slice(i + 1)), `without ${i}`).toBeUndefined();
    }
  });

  test('is what it was', () => {
    expect(seal.open(place, entry)).toMatchObject({ session, untilMs: 1234 });
    expect(seal.open(place, entry), 'again').toMatchObject({ session, untilMs: 1234 });
  });
});

test('anything else is nothing', () => {
  const seal = createSessionSeal([OLD]);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => seal.open(place, text) === undefined));
});

test('what Redis says for a stamp does not reach into what is signed', () => {
  const seal = createSessionSeal([OLD]);
  const planted = `stamp","1234${JSON.stringify({ ...session, role: 'admin' })}`;
  const tail = seal.close({ ...place, stamp: planted }, session, 1234);
  const body = tail.slice(43);
  for (const stamp of ['stamp', 'stamp","', planted.slice(0, -1)])
    expect(
      seal.open({ ...place, stamp }, `${tail.slice(0, 43)}${planted.slice(stamp.length)}${body}`),
    ).toBeUndefined();
});

describe('when the keys rotate', () => {
  test.each([
    ['the new one is known', [OLD, NEW], [NEW, OLD]],
    ['the new one signs', [NEW, OLD], [OLD, NEW]],
  ])('while %s, each reads what the other wrote', (_, writer, reader) => {
    const text = createSessionSeal(writer).close(place, session, 1234);
    expect(createSessionSeal(reader).open(place, text)?.session).toEqual(session);
  });

  test('an entry under a key that is gone is nothing', () => {
    expect(createSessionSeal([NEW]).open(place, entry)).toBeUndefined();
  });
});
