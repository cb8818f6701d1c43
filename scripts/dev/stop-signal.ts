import { isatty } from 'node:tty';

const CHECK_MS = 1_000;
/** One Ctrl-C or `kill` may arrive twice, from the terminal's process group and passed on by make. */
const SAME_SIGNAL_MS = 500;

/**
 * Resolves when somebody wants the end: Ctrl-C, SIGTERM, a closed terminal (SIGHUP, or output that nobody reads),
 * or a `make` that was killed and could pass nothing on. `onSecond` runs when a signal comes again.
 */
export function stopSignal(onSecond: () => void): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let firstMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      firstMs ??= performance.now();
      if (performance.now() - firstMs > SAME_SIGNAL_MS) onSecond();
      resolve(signal);
    });
  }
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => resolve('closed terminal'));
  // Two ends that nobody tells: a make that was killed, and a closed terminal whose session leader was make itself
  // (ssh -t host make dev), which then keeps the SIGHUP to itself.
  const parent = process.ppid;
  const terminal = isatty(1);
  setInterval(() => {
    if (process.env.MAKELEVEL && process.ppid !== parent) resolve('end of make');
    if (terminal && !isatty(1)) resolve('closed terminal');
  }, CHECK_MS).unref();
  return promise;
}
