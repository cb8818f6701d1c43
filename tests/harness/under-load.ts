import type { Stack } from '../../scripts/processes/stack.ts';
import { type Ledger, type LedgerOptions, startLedger } from './fault-ledger.ts';
import { figures } from './fault-record.ts';
import type { Stage } from './fault-stage.ts';
import { untilReady, untilServed, untilWritten } from './fault-waits.ts';
import { faultsOf } from './stored-state.ts';

/**
 * A fault under load, from the first write to the comparison. Answers everything that went wrong, which must be nothing:
 * the API processes live, each refusal was honest, every one of them writes again, the database holds what was promised.
 */
export async function underLoad(
  stage: Stage,
  options: LedgerOptions & { what: string },
  breakAndHeal: (ledger: Ledger) => Promise<void>,
): Promise<string[]> {
  const lives = stage.stack.apis.map((api) => api.pid);
  const ledger = startLedger(stage.admins, options);
  try {
    await untilServed(ledger, 30);
    await breakAndHeal(ledger);
    await untilServed(ledger, 30);
    await untilWritten(ledger, 5);
    await untilReady(stage.admins);
  } finally {
    await ledger.stop();
  }
  console.info(`${options.what}: ${figures(ledger)}`);
  return [
    ...ledger.wrong,
    ...stage.stack.apis.flatMap((api, i) => (api.pid === lives[i] ? [] : [`API process ${i} was replaced`])),
    ...alarms(stage.stack),
    ...(await faultsOf(stage.store, ledger.entries, options.label)),
  ];
}

/** What no API process may ever write to its log. */
function alarms(stack: Stack): string[] {
  return stack.apis.flatMap(({ logs }) =>
    logs
      .filter(({ level, line }) => level === 'fatal' || /unhandled|uncaught/i.test(line))
      .map(({ line }) => line),
  );
}
