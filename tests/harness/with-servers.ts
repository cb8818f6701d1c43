import { beforeAll, beforeEach } from 'vitest';
import type { ServerType } from '../../scripts/databases/server.ts';
import { lackingServers } from '../../scripts/databases/testing/need.ts';

/**
 * The beforeAll() of tests that start servers of these types. Where one cannot be had `raise` is not called, and the
 * tests are skipped with how to get it; in CI they fail. afterEach() and afterAll() run then too, with nothing to take
 * down. `timeoutMs`: for `raise`, that of the configuration when left out.
 */
export function withServers(
  types: readonly ServerType[],
  raise: () => Promise<void> | void = () => {},
  timeoutMs?: number,
): void {
  let lacking: string | undefined;
  beforeAll(async () => {
    lacking = await lackingServers(types);
    if (lacking === undefined) await raise();
  }, timeoutMs);
  beforeEach(({ skip }) => skip(lacking !== undefined, lacking));
}
