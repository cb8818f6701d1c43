import { readFileSync } from 'node:fs';
import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import type { Transaction } from '../db/database.ts';
import { onEachDatabase, type Subject } from './each-database.ts';
import { unique } from './samples.ts';

/**
 * Where the databases differ: every line of the table in docs/how-to/choose-a-database.md is a test here of the same
 * name, with the same answers. The code above db/ must not depend on any of it.
 */
const DOCUMENT = new URL('../../../../docs/how-to/choose-a-database.md', import.meta.url);
const COLUMNS = ['sqlite', 'postgres', 'mysql', 'mariadb'] as const;

interface Difference {
  name: string;
  /** In the order of COLUMNS. */
  answers: string[];
  ask(subject: Subject): Promise<string>;
}

const differences: Difference[] = [];

/** One line: what the four answer, as the table says it, and how that is found out. */
function line(name: string, answers: string, ask: Difference['ask']): void {
  differences.push({ name, answers: answers.split(' | '), ask });
}

/** A table for this question alone. */
async function table(subject: Subject, columns: (table: Knex.CreateTableBuilder) => void): Promise<string> {
  const name = unique();
  await subject.db.knex.schema.createTable(name, columns);
  return name;
}

/** 'taken', or 'refused' when the database did not want it. */
const taken = (query: PromiseLike<unknown>): Promise<string> =>
  Promise.resolve(query).then(
    () => 'taken',
    () => 'refused',
  );

const yesNo = (answer: boolean): string => (answer ? 'yes' : 'no');

const rollback = new Error('on purpose');
const undone = (subject: Subject, work: (trx: Transaction) => Promise<unknown>) =>
  subject.db.knex
    .transaction(async (trx) => {
      await work(trx);
      throw rollback;
    })
    .catch((error: unknown) => {
      if (error !== rollback) throw error;
    });

line('A text longer than its column', 'taken | refused | refused | refused', async (subject) => {
  const name = await table(subject, (t) => void t.string('text', 3));
  return taken(subject.db.knex(name).insert({ text: 'four' }));
});

line(
  'An integer beyond 32 bits in a column of 32',
  'taken | refused | refused | refused',
  async (subject) => {
    const name = await table(subject, (t) => void t.integer('number'));
    return taken(subject.db.knex(name).insert({ number: 2 ** 31 }));
  },
);

line('A word in a column of numbers', 'taken | refused | refused | refused', async (subject) => {
  const name = await table(subject, (t) => void t.integer('number'));
  return taken(subject.db.knex(name).insert({ number: 'word' }));
});

line('The character NUL in a text', 'taken | refused | taken | taken', async (subject) => {
  const name = await table(subject, (t) => void t.string('text', 10));
  return taken(subject.db.knex(name).insert({ text: 'a\0b' }));
});

line('More than 65,535 bytes of audited changes', 'taken | taken | refused | refused', async (subject) => {
  const name = await table(subject, (t) => void t.text('changes'));
  return taken(subject.db.knex(name).insert({ changes: 'x'.repeat(65_536) }));
});

line('Is `a` followed by a space equal to `a`', 'no | no | yes | yes', async (subject) => {
  const id = unique();
  await subject.db.knex('login_failures').insert({ throttle_key: id, failures: 0, window_ends_at: 0 });
  const found = await subject.db.knex('login_failures').where({ throttle_key: `${id} ` });
  return yesNo(found.length === 1);
});

line('Does LIKE tell capital letters from small ones', 'no | yes | yes | yes', async (subject) => {
  const id = unique();
  await subject.db.knex('login_failures').insert({ throttle_key: id, failures: 0, window_ends_at: 0 });
  const found = await subject.db.knex('login_failures').where('throttle_key', 'like', id.toUpperCase());
  return yesNo(found.length === 0);
});

line('Where NULL is sorted, ascending', 'first | last | first | first', async (subject) => {
  const name = await table(subject, (t) => void t.integer('number'));
  await subject.db.knex(name).insert([{ number: 1 }, { number: null }]);
  const numbers = await subject.db.knex(name).orderBy('number').pluck('number');
  return numbers[0] === null ? 'first' : 'last';
});

line('What a boolean is read as', 'number | boolean | number | number', async (subject) => {
  const name = await table(subject, (t) => void t.boolean('flag'));
  await subject.db.knex(name).insert({ flag: true });
  return typeof (await subject.db.knex(name).first()).flag;
});

line(
  'What 2^53 + 1 is read as',
  '9007199254740992 | 9007199254740992 | 9007199254740993 | 9007199254740993',
  async (subject) => {
    const name = await table(subject, (t) => void t.bigInteger('number'));
    await subject.db.knex.raw(`insert into ${name} (number) values (9007199254740993)`);
    return String((await subject.db.knex(name).first()).number);
  },
);

line(
  'What an INSERT with RETURNING answers',
  'the row | the row | nothing of it | nothing of it',
  async (subject) => {
    const name = await table(subject, (t) => void t.string('text', 10));
    const [answer] = await subject.db.knex(name).insert({ text: 'x' }).returning('text');
    return typeof answer === 'object' ? 'the row' : 'nothing of it';
  },
);

line('Which unique index an upsert reacts to', 'the named | the named | any | any', async (subject) => {
  const name = await table(subject, (t) => {
    t.integer('a').unique();
    t.integer('b').unique();
  });
  await subject.db.knex(name).insert({ a: 1, b: 1 });
  const upsert = subject.db.knex(name).insert({ a: 2, b: 1 }).onConflict('a').merge({ b: 5 });
  return (await taken(upsert)) === 'taken' ? 'any' : 'the named';
});

line('A statement fails: may its transaction go on', 'yes | no | yes | yes', async (subject) => {
  const name = await table(subject, (t) => void t.integer('number').primary());
  let goesOn = false;
  await undone(subject, async (trx) => {
    await trx(name).insert({ number: 1 });
    await taken(trx(name).insert({ number: 1 }));
    goesOn = (await taken(trx(name).insert({ number: 2 }))) === 'taken';
  });
  return yesNo(goesOn);
});

line('Is CREATE TABLE rolled back with its transaction', 'yes | yes | no | no', async (subject) => {
  const name = unique();
  await undone(subject, (trx) => trx.schema.createTable(name, (t) => void t.integer('number')));
  return yesNo(!(await subject.db.knex.schema.hasTable(name)));
});

line('May two transactions write at the same time', 'no | yes | yes | yes', async (subject) => {
  const name = await table(subject, (t) => void t.integer('number'));
  const bothWrote = Promise.withResolvers<string>();
  let inside = 0;
  // Each goes on only when both have written. Where one waits for the other's end, only the deadline lets it go; where
  // none does, it ends nothing but a hang.
  const deadline = setTimeout(bothWrote.resolve, subject.dialect === 'sqlite' ? 200 : 60_000, 'no');
  const write = () =>
    subject.db.transaction(async (trx) => {
      await trx(name).insert({ number: 1 });
      inside += 1;
      if (inside === 2) bothWrote.resolve('yes');
      await bothWrote.promise;
      inside -= 1;
    });
  await Promise.all([write(), write()]);
  clearTimeout(deadline);
  return bothWrote.promise;
});

line(
  'Does a transaction that reads twice see what was committed in between',
  'nothing can be | yes | yes | yes',
  async (subject) => {
    const name = await table(subject, (t) => void t.integer('number'));
    await subject.db.knex(name).insert({ number: 1 });
    return subject.db.transaction(async (trx) => {
      await trx(name).first();
      // SQLite would wait for this very transaction.
      if (subject.dialect === 'sqlite') return 'nothing can be';
      await subject.database.db.knex(name).update({ number: 2 });
      return yesNo((await trx(name).first()).number === 2);
    });
  },
);

onEachDatabase('where the databases differ', (subject) => {
  it.each(differences)('$name', async ({ answers, ask }) => {
    expect(await ask(subject)).toBe(answers[COLUMNS.indexOf(subject.dialect)]);
  });
});

describe('the table of differences', () => {
  it('says what the tests say, line by line', () => {
    const sections = readFileSync(DOCUMENT, 'utf8').split(/^## /m);
    const section = sections.find((text) => text.startsWith('Where the databases differ'))!;
    const lines = section.split('\n').filter((text) => /^\| [^-]/.test(text));
    const cells = lines.map((text) => text.split('|').map((cell) => cell.trim()));
    const [, ...said] = cells.map(([, name, ...answers]) => [name, ...answers.slice(0, COLUMNS.length)]);
    expect(said).toEqual(differences.map(({ name, answers }) => [name, ...answers]));
  });
});
