import type { TestContext } from 'vitest';
import { installDatabases } from '../install.ts';
import type { ServerType } from '../server.ts';

/** Skips the test, with the reason, where such a server cannot be had; in CI it fails. */
export async function need(type: ServerType, context: Pick<TestContext, 'skip'>): Promise<void> {
  const lacking = await lackingServers([type]);
  if (lacking !== undefined) context.skip(lacking);
}

/**
 * Why servers of these types cannot be had here, and how to get them; undefined when they can.
 * @throws instead of answering, in CI: there they must be.
 */
export async function lackingServers(types: readonly ServerType[]): Promise<string | undefined> {
  try {
    await installDatabases(types);
    return undefined;
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    return (error as Error).message;
  }
}
