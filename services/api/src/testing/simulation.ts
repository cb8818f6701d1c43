/**
 * A run of several actors in one order of their steps, chosen by `choices`; the same choices, the same run. An actor is
 * an async function that calls step() where something else may come in between. Time stands still but for advance().
 */
export interface Simulation {
  /** Milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
  advance(ms: number): void;
  /** Resolves when it is this step's turn. */
  step(): Promise<void>;
  /** A number from 0 to `count` - 1; 0 when all choices are spent. */
  choose(count: number): number;
  /** Runs the actors to their end. */
  run(...actors: (() => Promise<void>)[]): Promise<void>;
}

export function createSimulation(choices: Iterable<number>): Simulation {
  const stream = choices[Symbol.iterator]();
  const ready: (() => void)[] = [];
  let sleepers: { until: number; wake: () => void }[] = [];
  let time = 0;

  const simulation: Simulation = {
    now: () => time,
    sleep: (ms) => new Promise((wake) => void sleepers.push({ until: time + ms, wake })),
    advance(ms) {
      time += ms;
      const due = sleepers.filter(({ until }) => until <= time);
      sleepers = sleepers.filter(({ until }) => until > time);
      for (const { wake } of due) wake();
    },
    step: () => new Promise((go) => void ready.push(go)),
    choose(count) {
      const next = stream.next();
      return next.done ? 0 : next.value % count;
    },
    async run(...actors) {
      let ended = false;
      const all = Promise.all(actors.map((actor) => actor())).finally(() => {
        ended = true;
      });
      all.catch(() => undefined);
      await settle();
      while (!ended) {
        const [next] = ready.splice(simulation.choose(ready.length), 1);
        if (next) next();
        else if (sleepers.length > 0) simulation.advance(Math.min(...sleepers.map((s) => s.until)) - time);
        else throw new Error('Nobody can go on');
        await settle();
      }
      await all;
    },
  };
  return simulation;
}

/** Lets everything run that waits for nothing. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
