/** Something that stands in the way, and what to do about it. */
export interface ProbeProblem {
  readonly reason: string;
  readonly remedy: string;
}

/** The answer to a question of the probe. Every no has its reason and its remedy. */
export type Check =
  | { readonly ok: true }
  | ({ readonly ok: false } & ProbeProblem)
  | { readonly ok: 'unknown'; readonly reason: string };

export const yes: Check = { ok: true };

export const no = (reason: string, remedy: string): Check => ({ ok: false, reason, remedy });

export const unknown = (reason: string): Check => ({ ok: 'unknown', reason });

/** The noes among checks. */
export function problemsOf(checks: readonly Check[]): ProbeProblem[] {
  return checks.flatMap((check) =>
    check.ok === false ? [{ reason: check.reason, remedy: check.remedy }] : [],
  );
}
