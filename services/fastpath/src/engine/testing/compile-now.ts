import { compileRules } from '../compile-rules.ts';
import type { CompiledRules } from '../compiled-rules.ts';
import type { Rule } from '../rule.ts';
import type { SpaceLimits } from '../tuple-space-builder.ts';

/** Runs the steps of a computation to the end without a pause. */
export function finish<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Compiles rules whose slot, serial - 1 and bucket are their index in `rules`. */
export function compileNow(rules: readonly Rule[], limits?: SpaceLimits): CompiledRules {
  const placed = rules.map((rule, i) => ({ rule, slot: i, serial: i + 1, bucket: i }));
  return finish(compileRules(placed, 1, limits));
}
