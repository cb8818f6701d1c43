import type { Logger } from 'pino';
import type { RunningServer } from './server.ts';

/** Drains on the first SIGTERM or SIGINT, after which the process ends by itself; a second one ends it at once. */
export function closeOnSignal(server: RunningServer, log: Logger): void {
  let closing = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (closing) process.exit(1);
    closing = true;
    log.info({ signal }, 'draining');
    server.close().then(
      () => log.info('drained'),
      (error) => {
        log.error({ err: error }, 'drain failed');
        process.exitCode = 1;
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
