/** One thing that is missing, and what to do about it. */
export interface Problem {
  readonly what: string;
  readonly remedy: string;
}

/** What the last build came to; kept in `build/status.json`, so that the loader can say it later. */
export interface BuildStatus {
  readonly ok: boolean;
  readonly problems: readonly Problem[];
}
