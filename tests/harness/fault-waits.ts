import { patient } from '../../scripts/processes/patience.ts';
import { waitUntil } from '../../scripts/processes/wait-until.ts';
import type { Client } from './client.ts';
import type { Ledger } from './fault-ledger.ts';
import { figures } from './fault-record.ts';

interface Readiness {
  status: string;
  checks: Record<string, { ok: boolean; reason?: string }>;
}

async function readiness(api: { base: string }): Promise<Readiness & { httpStatus: number }> {
  const reply = await fetch(`${api.base}/readyz`);
  return { ...((await reply.json()) as Readiness), httpStatus: reply.status };
}

/** Waits until every API process does not serve, and says that the database is why. */
export async function untilNotReady(admins: Client[], why: RegExp): Promise<void> {
  await untilEach(admins, `not ready because of ${why}`, ({ httpStatus, checks }) => {
    const { ok = true, reason = '' } = checks.database ?? {};
    return httpStatus === 503 && !ok && why.test(reason);
  });
}

/**
 * Waits until some check of every API process fails for this reason, whether that keeps it from serving or not; or until
 * the reason is no longer there.
 */
export async function untilReason(admins: Client[], why: RegExp, isGone = () => false): Promise<void> {
  await untilEach(
    admins,
    `a check that fails because of ${why}`,
    ({ checks }) => isGone() || Object.values(checks).some(({ ok, reason }) => !ok && why.test(reason ?? '')),
  );
}

export async function untilReady(admins: Client[]): Promise<void> {
  await untilEach(
    admins,
    'ready again',
    ({ httpStatus, status }) => httpStatus === 200 && status === 'ready',
  );
}

async function untilEach(
  admins: Client[],
  what: string,
  isTrue: (state: Readiness & { httpStatus: number }) => boolean,
): Promise<void> {
  for (const admin of admins) {
    let seen: unknown;
    await waitUntil(
      () => `${what}; it says ${JSON.stringify(seen)}`,
      async () => {
        const state = await readiness(admin);
        seen = state;
        return isTrue(state);
      },
      { deadlineMs: patient(30_000) },
    );
  }
}

/** Waits until each API process has served this many requests more. */
export function untilServed(ledger: Ledger, more: number): Promise<void> {
  return untilEachHas('served', ledger, more);
}

/** Waits until each API process has acknowledged this many writes more: reads may go on without them. */
export function untilWritten(ledger: Ledger, more: number): Promise<void> {
  return untilEachHas('written', ledger, more);
}

/** Waits until each API process has refused this many requests more. */
export function untilRefused(ledger: Ledger, more = 3): Promise<void> {
  return untilEachHas('refused', ledger, more);
}

async function untilEachHas(
  what: 'served' | 'written' | 'refused',
  ledger: Ledger,
  more: number,
): Promise<void> {
  const before = [...ledger[what]];
  await waitUntil(
    () => `${more} more requests ${what} by each; ${figures(ledger)}`,
    () => ledger[what].every((now, api) => now >= before[api]! + more),
    { deadlineMs: patient(30_000) },
  );
}
