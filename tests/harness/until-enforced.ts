import { waitUntil } from '../../scripts/processes/wait-until.ts';
import type { Client } from './client.ts';

/** Waits until every fast path has what the database holds, as the API says. */
export async function untilEnforced(client: Client, deadlineMs?: number): Promise<void> {
  const enforced = async () => (await client.status()).instances.every((each) => each.in_sync);
  await waitUntil('enforced', enforced, { deadlineMs });
}
