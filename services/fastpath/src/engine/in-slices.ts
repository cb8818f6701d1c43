import { setImmediate as nextTurn } from 'node:timers/promises';

const SLICE_MS = 8;

/** Runs a long computation to its end, letting the event loop turn whenever a slice of time is used up. */
export async function inSlices<Result>(steps: Generator<void, Result>): Promise<Result> {
  for (let started = performance.now(); ; ) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - started < SLICE_MS) continue;
    await nextTurn();
    started = performance.now();
  }
}
