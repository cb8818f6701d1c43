export type Value = string | number | boolean | null;
export type Row = Record<string, Value>;

/** In the placeholders and quotes of one database; what has a name is prepared under it once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

type Step = readonly [statement: Statement, values: Value[]];

/**
 * What runs in one transaction: yields statements and gets their rows. As a generator and not as an async function it
 * can be run without a pause, as whoever writes for better-sqlite3 does it.
 */
export type Work<T> = Generator<Step, T, Row[]>;

export interface BareDriver {
  rows(statement: Statement, values: Value[]): Promise<Row[]>;
  transaction<T>(work: Work<T>): Promise<T>;
}

export type RunStep = (statement: Statement, values: Value[]) => Promise<Row[]>;

/** Runs the steps one after another. */
export async function runSteps<T>(work: Work<T>, run: RunStep): Promise<T> {
  let step = work.next();
  while (!step.done) step = work.next(await run(...step.value));
  return step.value;
}
