import type { Counters } from '../contender.ts';

/** Speaks to the driver: a line of counters now (ready) and for each SIGUSR2. `close` runs at SIGTERM. */
export function reportCounters(read: () => Counters, close: () => void | Promise<void>): void {
  const print = () => process.stdout.write(`${JSON.stringify(read())}\n`);
  process.on('SIGUSR2', print);
  process.once('SIGTERM', async () => {
    await close();
    process.off('SIGUSR2', print);
  });
  print();
}
