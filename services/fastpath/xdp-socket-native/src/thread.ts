import { native } from './native.ts';

/** Lets the calling thread run on these CPUs only. @throws Error with code EINVAL when none of them is available */
export function setThreadAffinity(cpus: readonly number[]): void {
  native().setThreadAffinity(cpus);
}

/** CPUs on which the calling thread may run. */
export const threadAffinity = (): number[] => native().threadAffinity();

/** The CPU on which the calling thread runs at this moment. */
export const currentCpu = (): number => native().currentCpu();
