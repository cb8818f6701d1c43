import { readFileSync } from 'node:fs';

/** More CPUs than this share lanes: a lane costs 24 bytes for each rule slot. */
const MAX_LANES = 16;
const POSSIBLE_CPUS = '/sys/devices/system/cpu/possible';

/** Counters of the program are kept once for each lane; CPU n counts in lane n modulo `lanes`. */
export interface Lanes {
  readonly lanes: number;
  /** A lane may have several writers, who then need atomics. */
  readonly shared: boolean;
}

/** As many lanes as CPUs that may ever be, if these are few. */
export function chooseLanes(possibleCpus = readFileSync(POSSIBLE_CPUS, 'utf8')): Lanes {
  // A list like "0-3,8": its last number is the highest.
  const highest = Number(/(\d+)\s*$/.exec(possibleCpus)?.[1]);
  if (Number.isNaN(highest)) throw new Error(`${POSSIBLE_CPUS} says ${JSON.stringify(possibleCpus)}`);
  const cpus = highest + 1;
  return { lanes: Math.min(cpus, MAX_LANES), shared: cpus > MAX_LANES };
}
