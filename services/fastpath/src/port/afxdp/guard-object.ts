import { existsSync, readFileSync } from 'node:fs';
import type { Problem } from 'xdp-socket-native';

/** The XDP program, compiled. */
export const GUARD_OBJECT = new URL('../../../build/guard.bpf.o', import.meta.url);
/** What its last build came to. */
const BUILD_STATUS = new URL('status.json', GUARD_OBJECT);
const NOT_BUILT: Problem = { what: 'the XDP program of the data plane is not built', remedy: 'make setup' };

/** What its build was missing, when there is no compiled program. */
export function guardProblems(): readonly Problem[] {
  if (existsSync(GUARD_OBJECT)) return [];
  if (!existsSync(BUILD_STATUS)) return [NOT_BUILT];
  const { problems } = JSON.parse(readFileSync(BUILD_STATUS, 'utf8')) as { problems: readonly Problem[] };
  return problems.length > 0 ? problems : [NOT_BUILT];
}
